// Goals that are reached when a mark comes into view.

const seen = new WeakSet();
const seeing = window.IntersectionObserver && new IntersectionObserver((entries) => {
	for (const { target, isIntersecting } of entries) {
		if (isIntersecting && !seen.has(target) && kit.reached(target)) seen.add(target);
	}
});
// What is watched anew is told of anew: consent may have come since.
kit.watch = (root) => {
	for (const el of seeing ? root.querySelectorAll("[data-consent-goal][data-consent-goal-on=view]") : []) {
		seeing.unobserve(el);
		seeing.observe(el);
	}
};
