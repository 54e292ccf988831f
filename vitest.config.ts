import { defineConfig, type ViteUserConfig } from "vitest/config";
import { chosenEffort } from "./test-suites/backends/src/effort.ts";

const { isQuick } = chosenEffort();

/** Files that share a server would remove what each other made. */
const namesServer = Object.keys(process.env).some((name) => /^LOCI_[A-Z]+_URL$/.test(name));

const config: ViteUserConfig = defineConfig({
  // Tests read the sources of the packages: nothing has to be built first.
  resolve: { conditions: ["loci-source"] },
  ssr: { resolve: { conditions: ["loci-source"] } },
  test: {
    include: isQuick
      ? [
          "packages/*/src/**/*.test.ts",
          "test-suites/{conformance,engine,simulation}/src/**/*.test.ts",
          "test-suites/matrix/src/embedded.test.ts",
        ]
      : ["{packages,test-suites,examples}/*/src/**/*.test.ts"],
    // Processes that die or are started.
    exclude: isQuick
      ? [
          "**/crashes.test.ts",
          "**/cli.test.ts",
          "**/other-processes.test.ts",
          "**/storm.test.ts",
          "**/teeth.test.ts",
          "**/conformance/src/vitest.test.ts",
        ]
      : [],
    reporters: ["default", "./scripts/closing-line-reporter.ts"],
    testTimeout: 60_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
    fileParallelism: !namesServer,
  },
});

export default config;
