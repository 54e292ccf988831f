import { defineConfig, type UserConfig } from "tsdown";

const config: UserConfig = defineConfig({
  entry: ["src/index.ts", "src/model.ts", "src/store.ts"],
  format: "esm",
  platform: "neutral",
  target: "es2023",
  dts: true,
  fixedExtension: false,
});

export default config;
