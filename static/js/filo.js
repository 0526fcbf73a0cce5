// Starts each behaviour on the elements that want it: at load, and in whatever htmx swaps in.
// A behaviour is { selector, start(element) }. It keeps its state in the document or on the server.
import * as autosave from "./behaviours/autosave.js";
import * as choices from "./behaviours/choices.js";
import * as choosing from "./behaviours/choosing.js";
import * as composer from "./behaviours/composer.js";
import * as consents from "./behaviours/consents.js";
import * as copy from "./behaviours/copy.js";
import * as current from "./behaviours/current.js";
import * as dialogs from "./behaviours/dialogs.js";
import * as dismiss from "./behaviours/dismiss.js";
import * as draft from "./behaviours/draft.js";
import * as filters from "./behaviours/filters.js";
import * as floating from "./behaviours/floating.js";
import * as grow from "./behaviours/grow.js";
import * as insert from "./behaviours/insert.js";
import * as invalid from "./behaviours/invalid.js";
import * as kept from "./behaviours/kept.js";
import * as keys from "./behaviours/keys.js";
import * as labels from "./behaviours/labels.js";
import * as measure from "./behaviours/measure.js";
import * as menus from "./behaviours/menus.js";
import * as nav from "./behaviours/nav.js";
import * as offline from "./behaviours/offline.js";
import * as once from "./behaviours/once.js";
import * as outcomes from "./behaviours/outcomes.js";
import * as owe from "./behaviours/owe.js";
import * as palette from "./behaviours/palette.js";
import * as passkey from "./behaviours/passkey.js";
import * as picking from "./behaviours/picking.js";
import * as polling from "./behaviours/polling.js";
import * as press from "./behaviours/press.js";
import * as promise from "./behaviours/promise.js";
import * as reference from "./behaviours/reference.js";
import * as reveal from "./behaviours/reveal.js";
import * as rows from "./behaviours/rows.js";
import * as stray from "./behaviours/stray.js";
import * as theme from "./behaviours/theme.js";
import * as tick from "./behaviours/tick.js";
import * as timer from "./behaviours/timer.js";
import * as toast from "./behaviours/toast.js";

// Order matters for one key: outcomes and stray letters come before the shortcuts; and a menu floats before it takes the focus.
const behaviours = [
  labels, theme, nav, floating, menus, dialogs, outcomes, stray, keys, rows, palette, toast, draft, autosave, offline,
  invalid, insert, polling, kept, timer, grow, once, measure, composer, tick, copy, consents, filters, reveal, dismiss, promise,
  owe, press, passkey, current, choosing, choices, picking, reference,
];
const started = new Map(behaviours.map((behaviour) => [behaviour, new WeakSet()]));

function start(root) {
  for (const behaviour of behaviours) {
    const found = [...root.querySelectorAll(behaviour.selector)];
    if (root.matches?.(behaviour.selector)) found.unshift(root);
    for (const element of found) {
      if (started.get(behaviour).has(element)) continue;
      started.get(behaviour).add(element);
      behaviour.start(element);
    }
  }
}

start(document);
document.addEventListener("htmx:load", (event) => start(event.detail.elt));
