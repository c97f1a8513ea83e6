// What stands in for the functions of snippets that were taken out of the page. The
// shop's own buttons and scripts call them, and would stop where one is missing.

const called = /\b(?:fbq|ttq|pintrk|snaptr|twq|rdt|qp|lintrk|uetq|criteo_q|_tfa|obApi|_learnq|klaviyo|kakaoPixel|_lt|ym|ga|_paq|_hmt|_czc|hj|clarity|mixpanel|amplitude|analytics|heap|posthog|FS|Sentry)\b/g;
const standing = new Map();
const standIn = (name) => {
	if (name in window) return;
	const calls = [];
	const at = (...path) => new Proxy(() => {}, {
		get: (_, key) => typeof key === "symbol" || key === "then" ? undefined : at(...path, key),
		set: () => true,
		apply: (_, self, args) => {
			args.forEach(goOn);
			if (calls.length < 500) calls.push([path, args]);
		},
	});
	window[name] = at(name);
	standing.set(name, [window[name], calls]);
};
// The parser waits for this before it runs the next script.
const watching = new MutationObserver((records) => {
	for (const { addedNodes } of records) {
		for (const { localName, dataset, textContent } of addedNodes) {
			if (localName !== "script" || !dataset?.consent) continue;
			for (const [name] of (try_(() => atob(dataset.consentText)) || textContent).matchAll(called)) standIn(name);
		}
	}
});
watching.observe(document, { childList: true, subtree: true });
ready.then(() => watching.disconnect());

const forgetCalls = () => { for (const [, calls] of standing.values()) calls.length = 0; };
kit.standing = standing;
