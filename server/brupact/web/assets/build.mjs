// Bundles each file of src/ into ../static/built/, which the pages load and the wheel carries;
// what two of them share stands in src/shared/ and becomes a file of its own. Typefaces come as they are.
import { copyFileSync, readdirSync, rmSync } from "node:fs";
import { build } from "esbuild";

const outdir = "../static/built";
rmSync(outdir, { recursive: true, force: true });
await build({
  entryPoints: readdirSync("src").filter((name) => name.endsWith(".js")).map((name) => `src/${name}`),
  outdir,
  bundle: true,
  minify: true,
  format: "esm",
  splitting: true,
  target: "es2022",
  legalComments: "linked",
  logLevel: "warning",
});
for (const typeface of ["source-sans-3", "source-serif-4"]) {
  const packed = `node_modules/@fontsource-variable/${typeface}/files/${typeface}-latin-wght-normal.woff2`;
  copyFileSync(packed, `${outdir}/${typeface}.woff2`);
}
