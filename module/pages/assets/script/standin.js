// What stands in for the functions of snippets that were taken out of the page. The
// shop's own buttons and scripts call them, and would stop where one is missing.

const called = /(?:^|[^-\w\/])(fbq|ttq|pintrk|snaptr|twq|rdt|qp|lintrk|uetq|criteo_q|_tfa|obApi|_learnq|klaviyo|kakaoPixel|_lt|ym|ga|_paq|_hmt|_czc|hj|clarity|mixpanel|amplitude|analytics|heap|posthog|FS|Sentry)(?![-\w]|\.(?:com|js)\b)/g;
// What a tracker hands out to be told more is silent; nothing else is known of what it
// would answer.
const handsOut = /^(?:create|user|get(?:All|ByName|Instance|Tracker))$/;
const silent = new Proxy(() => {}, {
	get: (_, key) => typeof key === "symbol" || key === "then" ? undefined : key === "toString" ? () => "" : silent,
	set: () => true,
	apply: () => silent,
});
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
			return handsOut.test(path[path.length - 1]) ? silent : undefined;
		},
	});
	window[name] = at(name);
	standing.set(name, [window[name], calls]);
};
// The parser waits for this before it runs the next script.
const watching = new MutationObserver((records) => {
	for (const { addedNodes } of records) {
		for (const node of addedNodes) {
			if (node.localName !== "script" || !node.dataset.consent) continue;
			for (const [, name] of (try_(() => atob(node.dataset.consentText)) || node.textContent).matchAll(called)) standIn(name);
		}
	}
});
watching.observe(document, { childList: true, subtree: true });
ready.then(() => watching.disconnect());

const forgetCalls = () => { for (const [, calls] of standing.values()) calls.length = 0; };
kit.standing = standing;
