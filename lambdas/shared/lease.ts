/** A lease outlives the function's own limit by this much: by then Lambda has surely ended the run. */
export const LEASE_MARGIN_SECONDS = 30;
