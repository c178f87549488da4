import type { Json } from './json.ts';

/** A result file as it is stored. Its bytes lie under `resultKey`. */
export interface ResultFile {
  /** Unique among all runs of the assembly: the claim that made it and a number. */
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly mime: string;
  readonly field: string;
  /** The upload that it was made from; empty where it was made from none. */
  readonly original_id: string;
  readonly meta?: Readonly<Record<string, Json>>;
}

/** By step, in the order in which they were made. */
export type ResultFiles = Readonly<Record<string, readonly ResultFile[]>>;

const RESULT_ID = /^\d{1,9}-\d{1,9}$/;

export const isResultId = (text: string): boolean => RESULT_ID.test(text);

/** What an assembly has of files. */
export interface WithResultFiles {
  readonly results?: ResultFiles;
  readonly result_file?: ResultFile;
}

/** All of them, those of the steps first. */
export const allResults = ({ results = {}, result_file }: WithResultFiles): readonly ResultFile[] => [
  ...Object.values(results).flat(),
  ...(result_file ? [result_file] : []),
];

export const findResult = (assembly: WithResultFiles, id: string): ResultFile | undefined =>
  allResults(assembly).find((result) => result.id === id);
