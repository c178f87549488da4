import { type CharacterTest, PatternError, type PatternNode, parsePattern } from './pattern-syntax.ts';

/** `{2,200}` counts as 200 and a bit: what each character is tried against stays small. */
const MAX_STATES = 250;
/** Nests of empty groups make work without making states. */
const MAX_STEPS = 20_000;
/** Known sets of states are forgotten beyond that many: some patterns have more than any memory. */
const MAX_KNOWN_SETS = 100;
const MAX_KNOWN_MOVES = 2_000;

/** Either a character that leads on, or a fork that needs none. */
interface State {
  readonly test?: CharacterTest;
  next: readonly number[];
}

/** All the states that a pattern may be in after some characters. */
interface StateSet {
  readonly states: readonly number[];
  readonly isMatch: boolean;
  readonly moves: Map<string, StateSet>;
}

/** A bit for each state. */
type Bits = Uint32Array;

const END = 0;

/**
 * Tells whether a whole value matches a pattern that somebody submitted. It never goes back in the value, as the engine of
 * JavaScript does: with that one, `(a+)+$` and thirty characters hold a worker for minutes. It follows all the ways that
 * the pattern has at once (Thompson 1968), so a value takes a time that grows with its length and no faster.
 */
export class PatternMatcher {
  private readonly states: State[] = [{ next: [] }];
  private readonly first: number;
  /** By state: what can be reached from it without a character. */
  private readonly reached = new Map<number, Bits>();
  private start: StateSet | undefined;
  private known = new Map<string, StateSet>();
  private moves = 0;
  private steps = 0;
  private tried = 0;

  /** @throws PatternError */
  constructor(pattern: string) {
    this.first = this.build(parsePattern(pattern), END);
  }

  /** How many states it has tried so far: what it does for a character that it has met in the same place costs none. */
  get work(): number {
    return this.tried;
  }

  matches(value: string): boolean {
    this.start ??= this.setOf(this.reachedFrom(this.first));
    let set = this.start;
    for (const character of value) {
      set = set.moves.get(character) ?? this.move(set, character);
      if (set.states.length === 0) return false;
    }
    return set.isMatch;
  }

  /** Adds the states of a node that leads to the state `next`, and returns the first of them. */
  private build(node: PatternNode, next: number): number {
    this.steps += 1;
    if (this.steps > MAX_STEPS) throw tooLarge();
    switch (node.kind) {
      case 'character':
        return this.add({ test: node.test, next: [next] });
      case 'sequence':
        return node.parts.reduceRight((after, part) => this.build(part, after), next);
      case 'choice':
        return this.add({ next: node.options.map((option) => this.build(option, next)) });
      case 'repeat':
        return this.buildRepeat(node, next);
    }
  }

  private buildRepeat({ of, min, max }: Extract<PatternNode, { kind: 'repeat' }>, next: number): number {
    let first = next;
    if (max === Number.POSITIVE_INFINITY) {
      first = this.add({ next: [] });
      const loop = this.states[first] as State;
      loop.next = [this.build(of, first), next];
    } else
      for (let count = min; count < max; count += 1)
        first = this.add({ next: [this.build(of, first), next] });
    for (let count = 0; count < min; count += 1) first = this.build(of, first);
    return first;
  }

  private add(state: State): number {
    if (this.states.length > MAX_STATES) throw tooLarge();
    return this.states.push(state) - 1;
  }

  private move(from: StateSet, character: string): StateSet {
    this.tried += from.states.length;
    const bits = this.noBits();
    // Many states ask the same, such as those of a{100}.
    const answers = new Map<CharacterTest, boolean>();
    for (const index of from.states) {
      const { test, next } = this.states[index] as State;
      if (!test) continue;
      const answer = answers.get(test) ?? test(character);
      answers.set(test, answer);
      if (!answer) continue;
      const more = this.reachedFrom(next[0] as number);
      for (let word = 0; word < bits.length; word += 1) bits[word] = (bits[word] ?? 0) | (more[word] ?? 0);
    }
    const set = this.setOf(bits);
    this.moves += 1;
    if (this.moves > MAX_KNOWN_MOVES) this.forget();
    else from.moves.set(character, set);
    return set;
  }

  private noBits(): Bits {
    return new Uint32Array(Math.ceil(this.states.length / 32));
  }

  /** What can be reached from a state without a character: states that ask for one, and the end. */
  private reachedFrom(first: number): Bits {
    const known = this.reached.get(first);
    if (known) return known;
    const bits = this.noBits();
    const seen = new Set<number>();
    const open = [first];
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      if (seen.has(index)) continue;
      seen.add(index);
      const state = this.states[index] as State;
      if (index === END || state.test) bits[index >> 5] = (bits[index >> 5] ?? 0) | (1 << (index & 31));
      else open.push(...state.next);
    }
    this.reached.set(first, bits);
    return bits;
  }

  private setOf(bits: Bits): StateSet {
    const key = bits.join();
    const known = this.known.get(key);
    if (known) return known;
    const states: number[] = [];
    for (let index = 0; index < this.states.length; index += 1)
      if (((bits[index >> 5] ?? 0) >>> (index & 31)) & 1) states.push(index);
    const set = { states, isMatch: states[0] === END, moves: new Map() };
    if (this.known.size >= MAX_KNOWN_SETS) this.forget();
    this.known.set(key, set);
    return set;
  }

  private forget(): void {
    this.start = undefined;
    this.known = new Map();
    this.moves = 0;
  }
}

const tooLarge = (): PatternError =>
  new PatternError(`may have ${MAX_STATES} characters and repetitions at most, with {9} counted nine times`);
