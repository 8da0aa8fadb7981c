// Prints one line when a step starts and one when it ends, so that the user knows what is running and for how
// long.

/**
 * @template T
 * @param {string} title
 * @param {string} usually How long it takes on two cores: "about 1 minute".
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, usually, work) {
  const start = Date.now();
  console.log(`→ ${title} (${usually})`);
  try {
    const result = await work();
    console.log(`✓ ${title}: ${seconds(start)}`);
    return result;
  } catch (error) {
    console.log(`✗ ${title}: failed after ${seconds(start)}`);
    throw error;
  }
}

/** @param {number} start Milliseconds since the epoch. */
export const seconds = (start) => `${((Date.now() - start) / 1000).toFixed(1)} s`;
