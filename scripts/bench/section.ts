/** A part of docs/performance.md, with the command that measures it. */
export const section = (title: string, command: string, ...parts: readonly string[]): string =>
  [`## ${title}`, `\`\`\`sh\nnpm run bench -- ${command}\n\`\`\``, ...parts, '']
    .join('\n\n')
    .trimEnd()
    .concat('\n');
