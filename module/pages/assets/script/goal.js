// Goals that marks in the page tell of, with consent to analytics only: where there
// are marks the second script sees them reached.
const watch = (root) => {
	if (has("analytics") && root.querySelector("[data-consent-goal]")) later().then(() => kit.watch(root)).catch(() => {});
};
freed.push(() => watch(document));
kit.tell = tell;
