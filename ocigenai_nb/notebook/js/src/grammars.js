// Grammars of our own, where the package's are large, or slow on hostile text: its HTML pattern
// takes exponential time on a tag that never closes.

/** @typedef {import("@speed-highlight/core/tokenize").ShjLanguageData} Grammar */

/** HTML and XML. @type {Grammar} */
export const markup = [
  { match: /<!--[^]*?(?:-->|$)/g, type: "cmnt" },
  { match: /<[/!?]?[A-Za-z][\w:.-]*|\/?\??>/g, type: "var" },
  { match: /(?<=\s)[\w:@.-]+(?==)/g, type: "class" },
  { match: /(?<==)(?:"[^"]*"?|'[^']*'?)/g, type: "str" },
  { match: /&#?\w{1,10};/g, type: "num" },
];

const KEYWORDS =
  "add|all|alter|analyze|and|any|as|asc|begin|between|by|cascade|case|cast|check|column|comment|commit|constraint|create|" +
  "cross|cursor|database|declare|default|delete|desc|distinct|drop|else|elsif|end|except|exception|execute|exists|" +
  "explain|fetch|first|for|foreign|from|full|function|grant|group|having|if|in|index|inner|insert|intersect|into|is|" +
  "join|json|key|language|last|left|like|limit|loop|materialized|merge|minus|natural|next|not|null|nulls|of|offset|on|only|or|" +
  "order|outer|over|partition|plan|pragma|primary|procedure|references|rename|replace|return|returning|returns|" +
  "revoke|right|rollback|rollup|row|rows|schema|select|sequence|set|some|start|table|then|to|transaction|trigger|" +
  "truncate|type|union|unique|update|use|using|values|view|when|where|while|window|with";

/** SQL and PL/SQL. @type {Grammar} */
export const sql = [
  { match: /--.*|\/\*[^]*?(?:\*\/|$)/g, type: "cmnt" },
  { match: /'(?:[^']|'')*'?/g, type: "str" },
  { match: /"[^"\n]*"?/g, type: "var" },
  { match: new RegExp(`\\b(?:${KEYWORDS})\\b`, "gi"), type: "kwd" },
  { match: /\b(?:bigint|blob|boolean|char|clob|date|decimal|float|int|integer|interval|number|numeric|real|text|timestamp|varchar2?|vector)\b/gi, type: "type" },
  { match: /\b[A-Za-z_]\w{0,60}(?=\()/g, type: "func" },
  { match: /\b(?:true|false)\b/gi, type: "bool" },
  { expand: "num" },
  { match: /[-+*/=%<>!|:]+/g, type: "oper" },
];
