/** A cell as a CSV file has it, quoted where it must be. */
export const csvCell = (text: string, delimiter: string): string =>
  text.includes(delimiter) || /["\n\r]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

/**
 * A cell that no spreadsheet takes for a formula: with an apostrophe before a beginning that could make it one. Source:
 * OWASP, "CSV Injection". White space before it does not help in every spreadsheet, nor do full-width forms.
 */
export const harmlessCell = (text: string, delimiter: string): string =>
  csvCell(/^\s*[=+\-@＝＋－＠]|^[\t\r\n]/u.test(text) ? `'${text}` : text, delimiter);
