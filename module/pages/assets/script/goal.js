// Goals that marks in the page tell of, with consent to analytics only.

const goal = "[data-consent-goal]", onView = "[data-consent-goal-on=view]";
const reached = (el) => {
	if (!has("analytics")) return false;
	const { consentGoal, consentGoalValue } = el.dataset;
	tell({ path: location.pathname, goal: consentGoal, value: Number.parseFloat(consentGoalValue) || undefined }).catch(() => {});
	return true;
};
document.addEventListener("click", (e) => {
	const el = e.target.closest?.(goal + ":not(form):not(" + onView + ")");
	// The second click of two is not another goal.
	if (el && e.detail < 2) reached(el);
}, true);
document.addEventListener("submit", (e) => {
	if (e.target.matches(goal + ":not(" + onView + ")")) reached(e.target);
}, true);

// When a mark comes into view the second script sees.
const watch = (root) => {
	if (has("analytics") && root.querySelector(onView)) later().then(() => kit.watch(root)).catch(() => {});
};
freed.push(() => watch(document));
kit.reached = reached;
