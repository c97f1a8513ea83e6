// The guard: what scripts load and set after the page was made. It holds what a
// page script can hold; what it can't is left to the gateway and to the
// page's Content-Security-Policy.

const guard = site.guard;
// Purposes by host, by domain for all hosts below it, and by cookie name.
const hosts = new Map(), domains = new Map(), cookies = [];
const learn = (known) => {
	for (const [purpose, list] of Object.entries(known.hosts || {})) {
		for (const host of list) {
			const domain = host.replace("*.", ""), exact = domain === host;
			if (exact && !hosts.has(host)) hosts.set(host, purpose);
			if (!domains.has(domain)) domains.set(domain, purpose);
		}
	}
	for (const [purpose, list] of Object.entries(known.cookies || {})) {
		// An exact name tells more than a prefix, a long prefix more than a short one.
		for (const name of list) cookies.push([name.endsWith("*") ? name.length : 1e4, name, purpose]);
	}
	cookies.sort(([a], [b]) => b - a);
};
learn(guard);

// complete fetches the rest of what is declared, when something depends on it.
let rest;
const complete = () => rest = rest || fetchRest().catch(() => {});
const fetchRest = async () => {
	if (!guard.more) return;
	const answer = await fetch(site.prefix + "/guard.json");
	learn(await answer.json());
	release();
};

const refused = (url) => {
	const parsed = try_(() => new URL(url, document.baseURI));
	if (!parsed || !/^(https?|wss?):$/.test(parsed.protocol)) return false;
	let host = parsed.hostname.replace(/\.$/, "");
	const own = data.own;
	if (parsed.host === location.host || (own && ("." + host).endsWith("." + own))) return false;
	let purpose = hosts.get(host);
	while (purpose === undefined && host.includes(".")) {
		host = host.slice(host.indexOf(".") + 1);
		purpose = domains.get(host);
	}
	return purpose === undefined ? !guard.report : missing(purpose).length > 0;
};
const refusedSet = (list) => String(list).split(/[\s,]+/).some((part) => /[/:]/.test(part) && refused(part));

// gate does something at once, or as soon as it is not refused any more.
const waiting = [];
const gate = (isRefused, value, act) => {
	if (!isRefused(value)) return act();
	if (waiting.length < 500) waiting.push([isRefused, value, act]);
	complete();
};
const release = () => {
	for (const [isRefused, value, act] of waiting.splice(0)) try_(() => gate(isRefused, value, act));
};
freed.push(release);

const guardProperty = (element, name, isRefused) => {
	const type = window["HTML" + element + "Element"];
	const property = type && Object.getOwnPropertyDescriptor(type.prototype, name);
	if (!property || !property.set) return;
	Object.defineProperty(type.prototype, name, {
		...property,
		set(value) { gate(isRefused, value, () => property.set.call(this, value)); },
	});
};
for (const name of ["Script", "Image", "IFrame", "Embed", "Media", "Source", "Track", "Input"]) guardProperty(name, "src", refused);
for (const name of ["Image", "Source"]) guardProperty(name, "srcset", refusedSet);
guardProperty("Link", "href", refused);
guardProperty("Object", "data", refused);
const guarded = /^(script|img|iframe|embed|video|audio|source|track|input|link|object)$/;
wrap(Element.prototype, "setAttribute", (original) => function (name, value) {
	const key = String(name).toLowerCase(), act = () => original.call(this, name, value);
	if (!guarded.test(this.localName)) act();
	else if (key === "srcset") gate(refusedSet, value, act);
	else if (key === "src" || key === "data" || (key === "href" && this.localName === "link")) gate(refused, value, act);
	else act();
});

// Requests go on when what is declared allows them, and fail else: they are not
// kept for a later consent, because what they say was gathered without it.
wrap(window, "fetch", (original) => async (input, init) => {
	const url = (input && input.url) || input;
	if (refused(url)) await complete();
	if (refused(url)) throw new TypeError("consent: not given");
	return original.call(window, input, init);
});
wrap(Navigator.prototype, "sendBeacon", (original) => function (url, body) {
	if (!refused(url)) return original.call(this, url, body);
	complete().then(() => refused(url) || original.call(this, url, body));
	return true;
});
const opened = new WeakMap();
wrap(XMLHttpRequest.prototype, "open", (original) => function (method, url, async = true, ...rest) {
	opened.set(this, [url, async, () => original.call(this, method, "about:invalid", async)]);
	return original.call(this, method, url, async, ...rest);
});
wrap(XMLHttpRequest.prototype, "send", (original) => function (body) {
	const [url, async, fail] = opened.get(this) || [];
	const send = () => {
		if (refused(url)) fail();
		original.call(this, body);
	};
	if (async && refused(url)) complete().then(send);
	else send();
});
for (const name of ["WebSocket", "EventSource"]) {
	wrap(window, name, (original) => new Proxy(original, {
		construct(type, args, as) {
			if (refused(args[0])) throw new DOMException("consent: not given", "SecurityError");
			return Reflect.construct(type, args, as);
		},
	}));
}

const refusedCookie = (text) => {
	if (/;\s*max-age\s*=\s*(0|-)|;\s*expires\s*=[^;]*\b19[789]\d\b/i.test(text)) return false;
	const [, name] = /^\s*([^=;]+?)\s*=/.exec(text) || [];
	const names = name && [name, name.replace(/^__(host|secure)-/i, "")];
	const found = name && cookies.find(([, pattern]) => names.some((n) => pattern.endsWith("*") ? n.startsWith(pattern.slice(0, -1)) : n === pattern));
	return !found || missing(found[2]).length > 0;
};
if (guard.cookies) {
	const property = Object.getOwnPropertyDescriptor(Document.prototype, "cookie");
	Object.defineProperty(Document.prototype, "cookie", {
		...property,
		set(text) { gate(refusedCookie, text, () => property.set.call(this, text)); },
	});
}
