import type { Figures } from './figures.ts';
import { listSection } from './list-section.ts';
import {
  coldSection,
  endToEndSection,
  fanOutSection,
  growthSection,
  lifeSection,
  memorySection,
  positionSection,
  warmSection,
} from './performance-sections.ts';

/** docs/performance.md, whole: no figure in it is typed by hand. */
export const performancePage = (figures: Figures): string => `# Performance

Measured by \`npm run bench -- --write\`, which writes this page and [costs](costs.md): nothing here is typed by hand. ${machineLine(figures)}

Each figure stands beside its own baseline of the same run, taken in turns. Trust the ratios: the times are those of this machine, and nothing here ran on AWS. Units of DynamoDB and calls are counted at the doors of the local cloud, and are the same on every machine.

${warmSection(figures.warm)}
${coldSection(figures.cold)}
${lifeSection(figures.life)}
${growthSection(figures.growth)}
${listSection(figures.list)}
${fanOutSection(figures.fanOut)}
${positionSection(figures.position)}
${endToEndSection(figures.endToEnd)}
${memorySection(figures.memory, figures.csvMemory)}`;

const machineLine = ({ machine }: Figures): string =>
  `On ${machine.date}: ${machine.cores} cores (${machine.processor}), ${machine.memoryGb} GB, Node ${machine.node}.`;
