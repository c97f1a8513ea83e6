// Goals are reached when a marked element is clicked, a marked form is sent, or a mark
// comes into view that says so.

const goal = "[data-consent-goal]", onView = "[data-consent-goal-on=view]";
const reached = (el) => {
	if (missing("analytics")[0]) return false;
	const { consentGoal, consentGoalValue } = el.dataset;
	kit.tell({ path: location.pathname, goal: consentGoal, value: Number.parseFloat(consentGoalValue) || undefined }).catch(() => {});
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

const seen = new WeakSet();
const seeing = new IntersectionObserver((entries) => {
	for (const { target, isIntersecting } of entries) {
		if (isIntersecting && !seen.has(target) && reached(target)) seen.add(target);
	}
});
// What is watched anew is told of anew: consent may have come since.
kit.watch = (root) => {
	for (const el of root.querySelectorAll(goal + onView)) {
		seeing.unobserve(el);
		seeing.observe(el);
	}
};
