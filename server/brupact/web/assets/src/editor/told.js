// What the page tells its script: addresses, prefixes, formats, and the words of its language.
export const told = JSON.parse(document.getElementById("editor-told").textContent);

const plurals = new Intl.PluralRules(told.lang);
const numbers = new Intl.NumberFormat(told.lang, { maximumFractionDigits: 2 });

/** A number as the language of the page writes it. */
export const written = (number) => numbers.format(number);

/** The words under `key`, with `values` in their places. */
export function words(key, values = {}) {
  return told.words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** The words for `number` things; `key` has a form for each plural that the language has. */
export function count(key, number) {
  const form = `${key}.${plurals.select(number)}`;
  return words(form in told.words ? form : `${key}.other`, { n: written(number) });
}
