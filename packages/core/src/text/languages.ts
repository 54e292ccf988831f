import { stemmer as dutch } from "@orama/stemmers/dutch";
import { stemmer as english } from "@orama/stemmers/english";
import { stemmer as french } from "@orama/stemmers/french";
import { stemmer as german } from "@orama/stemmers/german";
import { stemmer as italian } from "@orama/stemmers/italian";
import { stemmer as portuguese } from "@orama/stemmers/portuguese";
import { stemmer as russian } from "@orama/stemmers/russian";
import { stemmer as spanish } from "@orama/stemmers/spanish";
import { stemmer as swedish } from "@orama/stemmers/swedish";
import { normalize } from "./normalize.ts";

/** A language: its stemmer, and the function words that identify it. */
export interface Language {
  /** Its code, as in "en". */
  readonly locale: string;
  readonly stem: (word: string) => string;
  readonly functionWords: ReadonlySet<string>;
}

const language = (locale: string, stem: (word: string) => string, words: string): Language => ({
  locale,
  stem,
  functionWords: new Set(normalize(words).split(" ")),
});

/** The fallback when no function word identifies the language, as in many short English texts. */
export const defaultLanguage: Language = language(
  "en",
  english,
  "the a an and of to is are was were i you he she it we they my your his her our their this that these those with for on at by from not do does did have has had be been will would can what who where when why how which me him them",
);

/** Every language with a stemmer, the default first. */
export const languages: readonly Language[] = [
  defaultLanguage,
  language(
    "de",
    german,
    "der die das den dem des ein eine einen einem einer und ist sind war waren ich du er sie es wir ihr mein meine dein sein seine unser mit für auf nicht zu zum zur von vom im am bei aus hat habe haben wird werden kann was wer wo wann warum wie welche welcher welches mir mich dich ihm ihn auch oder aber nach über",
  ),
  language(
    "fr",
    french,
    "le la les un une des du et est sont était je tu il elle nous vous ils elles mon ma mes ton son sa ses notre avec pour sur dans ne pas au aux ce cette ces qui que quoi où quand pourquoi comment quel quelle a ont été moi toi j'ai c'est",
  ),
  language(
    "es",
    spanish,
    "el la los las un una unos y es son era fue yo tú él ella nosotros ellos mi mis tu su sus nuestro con para en no al del este esta estos que quién qué dónde cuándo cómo cuál por se lo le me te ha han he está muy",
  ),
  language(
    "it",
    italian,
    "il lo la i gli le un una uno e è sono era io tu lui lei noi voi loro mio mia miei tuo suo sua nostro con per su nel nella non al alla del della che chi dove quando perché come quale si mi ti ha hanno ho di da anche",
  ),
  language(
    "pt",
    portuguese,
    "o a os as um uma e é são era foi eu tu ele ela nós eles meu minha seu sua nosso com para em no na não ao do da dos das que quem onde quando porque como qual se me te tem têm está muito você",
  ),
  language(
    "nl",
    dutch,
    "de het een en is zijn was waren ik jij je hij zij we wij jullie mijn jouw haar ons onze met voor op niet te van bij uit heeft heb hebben wordt worden kan wat wie waar wanneer waarom hoe welke ook of maar naar over",
  ),
  language(
    "sv",
    swedish,
    "en ett och är var jag du han hon vi ni de min mitt din sin vår med för på inte att av till från har hade kan vad vem var när varför hur vilken det den som om också eller men",
  ),
  language(
    "ru",
    russian,
    "и в не на я ты он она мы вы они мой моя твой его её наш с для по из у к за что кто где когда почему как какой это этот был была есть мне меня",
  ),
];

/** The languages of each function word, as positions in `languages`. */
const languagesOfWord = new Map<string, number[]>();
for (const [position, { functionWords }] of languages.entries()) {
  for (const word of functionWords)
    languagesOfWord.set(word, [...(languagesOfWord.get(word) ?? []), position]);
}

/** The language of most function words in a text; undefined when there are none. */
export function detectLanguage(words: readonly string[]): Language | undefined {
  const votes = languages.map(() => 0);
  for (const word of words) {
    for (const position of languagesOfWord.get(word) ?? []) votes[position] = (votes[position] ?? 0) + 1;
  }
  const most = Math.max(...votes);
  return most === 0 ? undefined : languages[votes.indexOf(most)];
}
