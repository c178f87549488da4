/** What was seen of each assembly, in order: what a broken invariant is explained with. */
export class History {
  private readonly startedAt = performance.now();
  private readonly lines = new Map<string, string[]>();

  note(assemblyId: string, what: string): void {
    const seconds = ((performance.now() - this.startedAt) / 1000).toFixed(1);
    const lines = this.lines.get(assemblyId) ?? [];
    lines.push(`${seconds.padStart(6)} s  ${what}`);
    this.lines.set(assemblyId, lines);
  }

  of(assemblyId: string): readonly string[] {
    return this.lines.get(assemblyId) ?? [];
  }
}
