// What is suggested while one types: classes and properties of our own graph by name or label, things
// by their names (the search finds them), the keywords that the grammar allows, variables, prefixes.
import Yasqe from "@zazuko/yasqe";
import { element } from "./dom.js";
import { prefixed } from "./terms.js";
import { told, words } from "./told.js";

const MOST = 40;
// From so many characters on, suggestions come by themselves, and things are searched for.
const TYPED = 2;
const SEARCHED = 3;
const TYPES = new Set(["a", "rdf:type", `<${told.prefixes.rdf}type>`]);
// Terminals of the grammar that are no keywords, though they are written like some.
const TERMINALS = new Set(["ANON", "NIL", "INTEGER", "DECIMAL", "DOUBLE", "LANGTAG"]);
const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

let vocabulary;
/** Each class and property, the most used first; asked for once, when it is first needed. */
function terms() {
  vocabulary ??= fetch(told.terms).then((answer) => answer.json()).then(({ results }) =>
    results.bindings.map(({ kind, term, label, times }) => {
      const iri = term.value;
      return {
        iri, kind: kind.value, label: label?.value, times: Number(times.value),
        local: folded(iri.slice(Math.max(iri.lastIndexOf("#"), iri.lastIndexOf("/")) + 1)),
        folded: folded(label?.value ?? ""),
      };
    }).sort((one, other) => other.times - one.times)).catch(() => []);
  return vocabulary;
}

async function things(word) {
  const address = new URL(told.search, location.href);
  address.searchParams.set("q", word);
  address.searchParams.set("limit", 8);
  const answer = await fetch(address);
  return answer.ok ? (await answer.json()).results : [];
}

/** How well a term fits, the least the best; undefined for not at all. */
function rank(term, word, rest) {
  if (word.startsWith("<")) return term.iri.startsWith(word.slice(1)) ? 0 : undefined;
  if (term.local.startsWith(rest)) return 0;
  if (term.folded.startsWith(rest)) return 1;
  return term.local.includes(rest) || term.folded.includes(rest) ? 2 : undefined;
}

async function fitting(word, kinds, prefixes) {
  const colon = word.startsWith("<") ? -1 : word.indexOf(":");
  const namespace = colon < 0 ? "" : { ...told.prefixes, ...prefixes }[word.slice(0, colon)];
  const rest = folded(word.slice(colon + 1));
  return (await terms())
    .filter((term) => kinds.includes(term.kind) && namespace !== undefined && term.iri.startsWith(namespace))
    .map((term) => ({ term, place: rank(term, word, rest) }))
    .filter(({ place }) => place !== undefined)
    .sort((one, other) => one.place - other.place)
    .slice(0, MOST)
    .map(({ term }) => ({ text: prefixed(term.iri, prefixes) ?? `<${term.iri}>`, label: term.label, kind: words(term.kind) }));
}

function keywords(word, possible) {
  return possible
    .filter((name) => /^[A-Z]{2,}$/.test(name) && !TERMINALS.has(name) && name.startsWith(word.toUpperCase()))
    .map((text) => ({ text, kind: words("keyword") }));
}

/** What could stand in the place of `token`. */
async function suggested(yasqe, token) {
  const word = token.string.trim();
  const { possibleCurrent: possible } = token.state;
  const before = yasqe.getPreviousNonWsToken(yasqe.getDoc().getCursor().line, token);
  const prefixes = yasqe.getPrefixesFromQuery();
  if (TYPES.has(before.state.lastProperty) && !possible.includes("a")) return fitting(word, ["class"], prefixes);
  if (possible.includes("a")) return fitting(word, ["property"], prefixes);
  const isWord = /^\p{L}+$/u.test(word);
  const found = isWord && word.length >= SEARCHED ? await things(word) : [];
  return [
    ...(isWord ? keywords(word, possible) : []),
    ...(isWord ? [] : await fitting(word, ["class", "property"], prefixes)),
    ...found.map(({ iri, label, type_label: kind }) => ({ text: `<${iri}>`, label, kind })),
  ];
}

const shownBy = new Map();

const completer = {
  name: "terms",
  bulk: false,
  isValidCompletionPosition(yasqe) {
    const token = yasqe.getCompleteToken();
    const word = token.string.trim();
    return word.length >= TYPED && /^[\p{L}:<]/u.test(word) && !token.state.inPrefixDecl
      && !["comment", "string", "keyword", "atom"].includes(token.type);
  },
  async get(yasqe, token) {
    const found = await suggested(yasqe, token);
    for (const one of found) shownBy.set(one.text, one);
    return found.map(({ text }) => text).filter((text) => text !== token.string);
  },
  postprocessHints(_, hints) {
    for (const hint of hints) {
      const { label, kind } = shownBy.get(hint.text);
      hint.render = (item) => item.append(
        element("span", { class: "written" }, hint.text),
        element("span", { class: "meant", dir: "auto" }, [label, kind].filter(Boolean).join(" · ")));
    }
    return hints;
  },
};

/** Puts our completers in the place of those that ask other hosts. */
export function registerCompleters() {
  const { variables, prefixes } = Yasqe.Autocompleters;
  const ours = Object.entries(told.prefixes).map(([name, iri]) => `${name}: <${iri}>`);
  Yasqe.Autocompleters = { variables, prefixes: { ...prefixes, get: ours, persistenceId: undefined }, terms: completer };
  Yasqe.defaults.autocompleters = Object.keys(Yasqe.Autocompleters);
}

/** Lets suggestions come while one types, not where the cursor only passes. */
export function suggestWhileTyping(yasqe) {
  yasqe.on("autocompletionShown", (_, { hints }) => hints.setAttribute("aria-label", words("suggestions")));
  yasqe.on("inputRead", (_, { origin }) => {
    if (origin === "+input" && !yasqe.state.completionActive) yasqe.autocompleters.terms.autocomplete(false);
  });
}
