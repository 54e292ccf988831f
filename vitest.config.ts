import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  // Tests read the sources of the packages: nothing has to be built first.
  resolve: { conditions: ["loci-source"] },
  ssr: { resolve: { conditions: ["loci-source"] } },
  test: {
    include: ["{packages,test-suites,examples}/*/src/**/*.test.ts"],
    reporters: ["default", "./scripts/closing-line-reporter.ts"],
    testTimeout: 60_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
  },
});

export default config;
