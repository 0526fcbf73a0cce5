// [data-measure] counts what the field that it names (data-of) will be sent in, by a carrier's tables
// (interactions/carriers.py says their shape); data-words says it. What it counted stands in its dataset.
export const selector = "[data-measure]";
const PAUSE_MS = 1_200; // who writes on is not told of each letter

export function start(place) {
  const table = JSON.parse(place.dataset.measure);
  const words = JSON.parse(place.dataset.words);
  const field = document.getElementById(place.dataset.of);
  const [says, dear, plainly, told] = ["says", "dear", "plainly", "told"].map((name) => place.querySelector(`[data-${name}]`));
  const money = new Intl.NumberFormat(words.locale, { style: "currency", currency: table.currency || "EUR", maximumFractionDigits: 5 });
  const plural = new Intl.PluralRules(words.locale);
  const write = (name, n) => (words[name][plural.select(n)] ?? words[name].other).replace("{n}", n.toLocaleString(words.locale));
  let timer = 0;
  let heard = "";

  const draw = () => {
    const count = measured(field.value.normalize("NFC").trim(), table.alphabets); // as it leaves
    Object.assign(place.dataset, { parts: count.parts, units: count.units, left: count.left, strange: count.strange });
    const cost = table.cost && count.parts ? money.format(Number((count.parts * table.cost).toFixed(5))) : "";
    const size = [count.parts ? write("parts", count.parts) : "", cost].filter(Boolean);
    says.textContent = [write(count.parts > 1 ? "last" : "left", count.left), ...size].join(" · ");
    const isLong = count.parts > (table.most ?? Infinity);
    dear.textContent = isLong ? write("most", table.most) : count.strange ? explained(count) : "";
    plainly.hidden = ![...count.strange].some((one) => one in table.plainly);
    clearTimeout(timer);
    timer = setTimeout(() => tell([size.join(", "), dear.textContent].filter(Boolean).join(". ")), PAUSE_MS);
  };
  const explained = ({ strange, alphabet }) =>
    words.dear.replace("{characters}", shown(strange)).replace("{few}", alphabet.whole).replace("{many}", table.alphabets[0].whole);
  const tell = (said) => {
    if (said === heard || !place.checkVisibility()) return;
    heard = told.textContent = said;
  };

  plainly.addEventListener("click", () => {
    const text = [...field.value].map((one) => table.plainly[one] ?? one).join("");
    field.focus();
    field.select();
    document.execCommand("insertText", false, text); // as if typed: Ctrl+Z takes it back
  });
  for (const change of ["input", "filo:tab"]) field.addEventListener(change, draw);
  draw();
}

// The first of some characters; what cannot be seen is drawn.
const shown = (strange) => [...new Set([...strange].map((one) => one.replace(/\s|\p{Cf}/u, "␣")))].slice(0, 8).join(" ");

function measured(text, alphabets) {
  const letters = alphabets.map((one) => new Set(one.singles + one.doubles));
  const first = letters[0];
  const alphabet = alphabets.find((one, at) => !one.singles || [...text].every((character) => letters[at].has(character)));
  const sizes = [...text].map((one) => (alphabet.singles ? 1 + alphabet.doubles.includes(one) : one.length));
  const units = sizes.reduce((sum, size) => sum + size, 0);
  const strange = [...new Set(text)].filter((one) => !first.has(one)).join("");
  if (units <= alphabet.whole) return { parts: Number(units > 0), units, left: alphabet.whole - units, alphabet, strange };
  let [parts, filled] = [1, 0];
  for (const size of sizes) filled = filled + size > alphabet.part ? (parts++, size) : filled + size;
  return { parts, units, left: alphabet.part - filled, alphabet, strange };
}
