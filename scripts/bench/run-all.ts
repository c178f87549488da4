import { copyMemory } from './copy-memory.ts';
import { deployedResources } from './deployed-resources.ts';
import { type Figures, thisMachine } from './figures.ts';
import { memorySection } from './performance-sections.ts';
import { COLD, END_TO_END, FAN_OUT, GROWTH, LIFE, type Run, WARM } from './runs.ts';

/** The file that passes through a worker, as `npm run bench -- memory` has it. */
const MEGABYTES = 1024;

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
  tell(memorySection(memory));
  return {
    machine: thisMachine(),
    warm: await told(WARM),
    cold: await told(COLD),
    life: await told(LIFE),
    resources: await deployedResources(),
    growth: await told(GROWTH),
    fanOut: await told(FAN_OUT, true),
    endToEnd: await told(END_TO_END),
    memory,
  };
}
