/** `npm run saboteurs [-- SABOTEUR ...]`: prints which case catches which saboteur. */
import { catchersOf, matrixAsText, runMatrix, saboteurs } from "./matrix.ts";

const names = process.argv.slice(2);
const rows = await runMatrix(names.length > 0 ? saboteurs.filter(({ id }) => names.includes(id)) : saboteurs);
console.log(matrixAsText(rows));
process.exitCode = rows.every((row) => catchersOf(row).length > 0) ? 0 : 1;
