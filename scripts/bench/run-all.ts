import { copyMemory } from './copy-memory.ts';
import { csvMemory } from './csv-memory.ts';
import { deployedResources } from './deployed-resources.ts';
import { type Figures, thisMachine } from './figures.ts';
import { memorySection } from './performance-sections.ts';
import { COLD, END_TO_END, FAN_OUT, GROWTH, LIFE, LIST, POSITION, type Run, WARM } from './runs.ts';

/** The file that passes through a worker, as `npm run bench -- memory` has it. */
const MEGABYTES = 1024;
/** The rows that it validates. */
const ROWS = 1_000_000;

/**
 * One after the other: two at once would measure each other.
 * @param tell gets what each has found, as soon as it has
 */
export async function runAll(tell: (text: string) => void): Promise<Figures> {
  const told = async <Found>({ measure, show }: Run<Found>, full = false): Promise<Found> => {
    const found = await measure({ full });
    tell(show(found));
    return found;
  };
  // First: on Linux a process begins with the most memory that the one which started it ever had.
  const memory = await copyMemory(MEGABYTES);
  const validated = await csvMemory(ROWS);
  tell(memorySection(memory, validated));
  return {
    machine: thisMachine(),
    warm: await told(WARM),
    cold: await told(COLD),
    life: await told(LIFE),
    resources: await deployedResources(),
    growth: await told(GROWTH),
    list: await told(LIST),
    fanOut: await told(FAN_OUT, true),
    position: await told(POSITION),
    endToEnd: await told(END_TO_END),
    memory,
    csvMemory: validated,
  };
}
