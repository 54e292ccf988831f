export default {
  output: "standalone",
  turbopack: { root: import.meta.dirname },
  // The folder that is deployed holds only what Next.js sees, and it does not see the extension for vectors.
  outputFileTracingIncludes: { "/*": ["node_modules/sqlite-vec*/**"] },
};
