/** How html-validate judges the pages. Its table of attributes is older than rel="expect", which
 * the HTML standard (4.2.4) lets carry `blocking` as a stylesheet may. */
const blocking = { enum: ["render"], list: true, allowed: () => null };

export default {
  root: true,
  extends: ["html-validate:standard"],
  elements: ["html5", { link: { attributes: { blocking } } }],
  rules: { "long-title": "off", "no-inline-style": "error" },
};
