// form[data-passkey="create|get"] asks the browser for a passkey when it is sent, then sends what it got as `credential`.
// The server's wishes stand in data-options, or are fetched from data-options-url. What goes wrong is said in [data-said].
export const selector = "form[data-passkey]";

const HAS_PASSKEYS = typeof window.PublicKeyCredential?.parseRequestOptionsFromJSON === "function";
const IS_ADDRESS = /^[\d.]+$|:/; // passkeys belong to a name, never to 127.0.0.1

const ask = {
  create: (wishes) => {
    wishes.authenticatorSelection = { ...wishes.authenticatorSelection, residentKey: "required", requireResidentKey: true, userVerification: "required" };
    return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(wishes) });
  },
  get: (wishes) => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(wishes) }),
};

async function wishes(form) {
  if (form.dataset.options) return JSON.parse(form.dataset.options).publicKey;
  const answer = await fetch(form.dataset.optionsUrl, { headers: { Accept: "application/json", "X-Requested-With": "XMLHttpRequest" } });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return (await answer.json()).request_options.publicKey;
}

function reason(error) {
  if (error.name === "InvalidStateError") return "known";
  return ["NotAllowedError", "AbortError"].includes(error.name) ? "cancelled" : "failed";
}

export function start(form) {
  const said = form.querySelector("[data-said]");
  const button = form.querySelector("button[type=submit]");
  const say = (words) => {
    said.lastElementChild.textContent = words;
    said.hidden = !words;
  };

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!HAS_PASSKEYS) return say(form.dataset.saysOld);
    if (IS_ADDRESS.test(location.hostname)) return say(form.dataset.saysAddress);
    say("");
    button.disabled = true;
    try {
      const credential = await ask[form.dataset.passkey](await wishes(form));
      form.elements.credential.value = JSON.stringify(credential);
      form.submit();
    } catch (error) {
      button.disabled = false;
      const why = reason(error);
      say(form.dataset[{ known: "saysKnown", cancelled: "saysCancelled", failed: "saysFailed" }[why]]);
      button.focus();
    }
  });
}
