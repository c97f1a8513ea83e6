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
		for (const name of list) cookies.push([name.endsWith("*") ? name.length : 1e4, name, purpose, known === guard]);
	}
	cookies.sort(([a], [b]) => b - a);
};
learn(guard);

// complete fetches the rest of what is declared, when something depends on it.
let rest, whole = !guard.more;
const complete = () => rest = rest || fetchRest().catch(() => {}).finally(() => { whole = true; });
const fetchRest = async () => {
	if (whole) return;
	const answer = await fetch(site.prefix + "/guard.json");
	learn(await answer.json());
	release();
	if (document.querySelector("[data-consent='']")) later().then(() => kit.revive(document));
};

// needs tells which purposes an address needs, "" when none would do.
const needs = (url) => {
	const parsed = try_(() => new URL(url, document.baseURI));
	if (!parsed || !/^(https?|wss?):$/.test(parsed.protocol)) return "necessary";
	let host = parsed.hostname.replace(/\.$/, "");
	const own = data.own;
	if (parsed.host === location.host || (own && ("." + host).endsWith("." + own))) return "necessary";
	let purpose = hosts.get(host);
	while (purpose === undefined && host.includes(".")) {
		host = host.slice(host.indexOf(".") + 1);
		purpose = domains.get(host);
	}
	return purpose === undefined && guard.report ? "necessary" : purpose || "";
};
const refused = (url) => missing(needs(url)).length > 0;
const refusedSet = (list) => String(list).split(/[\s,]+/).some((part) => /[/:]/.test(part) && refused(part));
const denied = (name) => new DOMException("consent: not given", name);
const proto = (type) => window[type] && window[type].prototype;

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

const guardProperty = (type, name, isRefused) => {
	const property = Object.getOwnPropertyDescriptor(proto(type) || {}, name);
	if (!property || !property.set) return;
	Object.defineProperty(proto(type), name, {
		...property,
		set(value) { gate(isRefused, value, () => property.set.call(this, value)); },
	});
};
for (const name of ["Script", "Image", "IFrame", "Embed", "Media", "Source", "Track", "Input"]) guardProperty("HTML" + name + "Element", "src", refused);
for (const name of ["Image", "Source"]) guardProperty("HTML" + name + "Element", "srcset", refusedSet);
guardProperty("HTMLLinkElement", "href", refused);
guardProperty("HTMLLinkElement", "imageSrcset", refusedSet);
guardProperty("HTMLObjectElement", "data", refused);
guardProperty("HTMLVideoElement", "poster", refused);

// judgeOf finds what judges an attribute, if it makes the element fetch.
const judgeOf = (el, name) => {
	const key = String(name).toLowerCase().replace("xlink:", ""), at = el.localName;
	if (at.includes("-")) return undefined;
	if (key.endsWith("srcset")) return refusedSet;
	if (key === "srcdoc") return refusedHTML;
	const fetches = /^(src|poster|background)$/.test(key) || (key === "data" && at === "object") ||
		(key === "href" && /^(link|image|use|feimage|script)$/i.test(at));
	return fetches ? refused : undefined;
};
const guardAttribute = (at) => (original) => function (...args) {
	const judge = judgeOf(this, args[at]), act = () => original.apply(this, args);
	if (judge) gate(judge, args[at + 1], act);
	else act();
};
wrap(Element.prototype, "setAttribute", guardAttribute(0));
wrap(Element.prototype, "setAttributeNS", guardAttribute(1));

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
for (const name of ["WebSocket", "EventSource", "WebTransport", "Worker", "SharedWorker"]) {
	wrap(window, name, (original) => new Proxy(original, {
		construct(type, args, as) {
			if (refused(args[0])) throw denied("SecurityError");
			return Reflect.construct(type, args, as);
		},
	}));
}
for (const [type, name] of [["ServiceWorkerContainer", "register"], ["Worklet", "addModule"]]) {
	wrap(proto(type), name, (original) => async function (...args) {
		if (refused(args[0])) throw denied("SecurityError");
		return original.apply(this, args);
	});
}
wrap(window, "Audio", (original) => new Proxy(original, {
	construct(type, [src], as) {
		const audio = Reflect.construct(type, [], as);
		if (src !== undefined) {
			audio.preload = "auto";
			audio.src = src;
		}
		return audio;
	},
}));
