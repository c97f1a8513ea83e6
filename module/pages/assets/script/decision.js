// The decision: what the visitor has granted, and how it changes. The server
// decides; the script only shows, asks and follows.

const me = document.currentScript;
if (!me || window.consent) return;

const data = me.dataset;
// A page's base may lead elsewhere.
site.prefix = location.origin + site.prefix;
const lang = data.lang || "en";
// What the guard wraps for others.
const fetch = window.fetch.bind(window);
const json = { "Content-Type": "application/json" };
const setAttribute = Element.prototype.setAttribute;
let granted = new Set((data.granted || "necessary").split(" "));
let decided = "decided" in data;

const has = (purpose) => purpose === "necessary" || granted.has(purpose);
// What needs several purposes, separated by spaces, needs all of them.
const missing = (purposes) => purposes.split(" ").filter((purpose) => !has(purpose));
const ready = new Promise((resolve) => {
	if (document.readyState !== "loading") resolve();
	else document.addEventListener("DOMContentLoaded", resolve);
});
const try_ = (f) => { try { return f(); } catch {} };

// Pages that demand Trusted Types get a policy; where they forbid it, what
// needs one fails and the visitor is led to the plain page instead.
const policy = try_(() => trustedTypes.createPolicy("consent", {
	createHTML: (s) => s, createScript: (s) => s, createScriptURL: (s) => s,
}));
const trust = (html) => policy ? policy.createHTML(html) : html;

const channel = window.BroadcastChannel && new BroadcastChannel("consent");
const listeners = new Set();
// What the other parts do when the decision changes and nothing was taken back.
// The guard forgets what is not allowed.
const freed = [];
let forget = () => {};
const inTime = (promise) => Promise.race([promise, new Promise((resolve) => setTimeout(resolve, 2000))]).catch(() => {});

// Where the record of the last decision made on this page is.
let receipt;
const note = (answer) => receipt = answer.headers.get("Consent-Receipt") || receipt;

const state = async (method, body) => {
	const answer = await fetch(site.prefix + "/state", { method, cache: "no-store", body, headers: json });
	if (!answer.ok) throw new Error("consent: " + answer.status);
	note(answer);
	apply(await answer.json());
	return [...granted];
};
const sync = () => state("GET").catch(() => {});
const changed = () => channel?.postMessage(0);

const apply = (now) => {
	const before = granted, was = decided;
	granted = new Set(now.granted);
	decided = now.decided != null;
	const banner = document.getElementById("consent-banner");
	if (decided) banner?.remove();
	const lost = [...before].some((p) => !has(p));
	if (!lost && before.size === granted.size && was === decided) return;
	for (const f of [...listeners]) try_(() => f([...granted]));
	document.dispatchEvent(new CustomEvent("consentchange", { bubbles: true, detail: { granted: [...granted] } }));
	// A script that runs can't be taken back: only a new page is without it.
	const forgotten = inTime(forget());
	// Nor does a page's Content-Security-Policy change once it is there. Firefox gives
	// frames back what they held, whatever their address is now, unless they are gone.
	if (lost || data.csp) forgotten.then(() => {
		for (const frame of document.querySelectorAll("iframe, frame")) frame.remove();
		location.reload();
	});
	else ready.then(() => freed.forEach(try_));
};

window.consent = Object.freeze({
	granted: has,
	onchange: (f) => { listeners.add(f); return () => listeners.delete(f); },
	set: (list) => state("PUT", JSON.stringify({ granted: [...list] })).then((now) => { changed(); return now; }),
	open: () => open(),
	get receipt() { return receipt; },
});

if (channel) channel.onmessage = sync;
addEventListener("pageshow", (e) => {
	if (e.persisted || performance.getEntriesByType("navigation")[0]?.type === "back_forward") sync();
});

const wrap = (object, name, make) => {
	const original = object && object[name];
	// Who finds that a function is not the browser's own may take another frame's.
	if (original) (object[name] = make(original)).toString = original.toString.bind(original);
};
