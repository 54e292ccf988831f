import { estimateTokens, extractionInstructions, promptExtractor } from "@loci/core/model";
import { countTokens as countGpt4 } from "gpt-tokenizer/encoding/cl100k_base";
import { countTokens as countGpt4o } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, it } from "vitest";
import { fakeScriptedModel } from "./scripted-model.ts";

const tokenizers = { "GPT-4": countGpt4, "GPT-4o": countGpt4o };

describe.each(Object.entries(tokenizers))("with the tokenizer of %s", (_, count) => {
  it("the whole prompt but for the conversation stays under 1,500 tokens", async () => {
    const languageModel = fakeScriptedModel(() => ({}));
    await promptExtractor.extract({
      messages: [],
      // As many as there is room for in a context of 4,096.
      known: Array.from({ length: 10 }, (_, index) => ({
        number: index + 1,
        since: new Date("2026-01-01"),
        text: "The quarterly report of the Hamburg office is due on the second Tuesday of the month",
      })),
      today: new Date(),
      timeZone: "UTC",
      maxOutputTokens: 1000,
      languageModel,
    });
    expect(languageModel.calls).toHaveLength(1);
    for (const { request } of languageModel.calls) {
      const { messages, schema } = request;
      const prompt = messages.map(({ content }) => content).join("\n");
      expect(count(prompt) + count(JSON.stringify(schema))).toBeLessThan(1500);
      expect(count(extractionInstructions) + count(JSON.stringify(schema))).toBeLessThan(1000);
    }
  });

  it.each([
    "I moved to Berlin last May, and my sister Clara-Marie lives at 44 Mill Street. We use PostgreSQL 16.2 behind PgBouncer, deploy on Fridays (never before 9:30), and €12,400.50 is due on 2027-03-01.",
    "Wir haben die Rechnungsprüfung letzte Woche auf das neue Lieferantenmanagementsystem umgestellt; die Qualitätssicherung übernimmt nächstes Jahr das Büro in Zürich.",
    "L'été dernier, nous avons déménagé à Montréal, où j'enseigne désormais la géographie.",
    "我上个月搬到了上海浦东，现在在一家做新能源电池的公司做产品经理，每周三下午开会，项目预算是三百五十万元。",
    "先週の火曜日に大阪支社へ異動しました。新しい請求システムの導入を担当しています。",
    "지난달에 부산으로 이사했고 지금은 작은 회사에서 디자이너로 일하고 있어요.",
    "В прошлом году мы переехали в Санкт-Петербург, и теперь я работаю архитектором.",
    "انتقلت إلى برلين في مايو الماضي وأعمل الآن مهندسا في شركة صغيرة.",
    "मैं पिछले महीने मुंबई चला गया और अब एक छोटी कंपनी में काम करता हूँ।",
    '{"message":12,"date":"Friday 2026-05-01","by":"user","text":"const x = await fetch(`/v1/items?id=` + id);"}',
    extractionInstructions,
  ])("the estimate is rather too large than too small, and not by far: %s", (text) => {
    const tokens = count(text);
    expect(estimateTokens(text)).toBeGreaterThanOrEqual(tokens * 0.95);
    expect(estimateTokens(text)).toBeLessThanOrEqual(tokens * 5);
  });
});
