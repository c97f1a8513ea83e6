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
let whole = !guard.more, rest = whole && Promise.resolve();
const complete = () => rest = rest || fetch(site.prefix + "/guard.json").then((answer) => answer.json()).then((known) => {
	learn(known);
	release();
	revive(document);
}).catch(() => {}).then(() => { whole = true; });

// needs tells which purposes an address, or a request, needs, "" when none would do.
const needs = (url) => {
	const parsed = try_(() => new URL(url?.url || url, document.baseURI));
	if (!parsed || !/^(http|ws)s?:$/.test(parsed.protocol)) return "necessary";
	let host = parsed.hostname.replace(/\.$/, "");
	const own = data.own;
	if (parsed.host === location.host || (own && ("." + host).endsWith("." + own))) return "necessary";
	let purpose = hosts.get(host);
	while (purpose === undefined && host.includes(".")) {
		host = host.slice(host.indexOf(".") + 1);
		purpose = domains.get(host);
	}
	return purpose ?? (guard.report ? "necessary" : "");
};
const refused = (url) => missing(needs(url)).length > 0;
const refusedSet = (list) => String(list).split(/[\s,]+/).some((part) => /[/:]/.test(part) && refused(part));
const denied = (name = "SecurityError") => new DOMException("consent: not given", name);
const proto = (type) => window[type]?.prototype;

// gate does something at once, or as soon as it is not refused any more. What is
// a request is forgotten when the visitor decides without granting more.
let waiting = [], had = granted.size;
const gate = (isRefused, value, act, request) => {
	if (!isRefused?.(value)) return act();
	// What nothing would do for is not kept.
	if (waiting.length < 500 && (!whole || isRefused !== refused || needs(value))) waiting.push([isRefused, value, act, request]);
	return complete();
};
const release = () => {
	for (const held of waiting.splice(0)) try_(() => gate(...held));
};
freed.push(() => {
	if (had === granted.size) {
		waiting = waiting.filter(([, , , request]) => !request);
		forgetCalls();
	}
	had = granted.size;
	release();
});

const wrapSet = (type, name, make) => {
	const at = proto(type), property = Object.getOwnPropertyDescriptor(at || {}, name);
	if (property?.set) Object.defineProperty(at, name, { ...property, set: make(property.set) });
};
// put sets what an element fetches, as soon as that is not refused any more. What can be
// seen asks meanwhile.
const put = (el, isRefused, value, act) => {
	if (!isRefused) return act();
	if (isRefused === refused && refused(value)) complete().then(() => {
		if (refused(value) && shows(el)) return later().then(() => kit.ask(el, missing(needs(value))));
	}).catch(() => {});
	let held = false;
	const done = gate(isRefused, value, () => {
		kit.unask?.(el);
		act();
		// A film that found nothing to play looks no more.
		if (held && el.localName === "source") el.parentNode?.load?.();
	});
	held = true;
	return done;
};
const guardProperty = (type, name, isRefused) => wrapSet(type, name, (set) => function (value) {
	put(this, isRefused, value, () => set.call(this, value));
});
for (const at of ("Script.src Image.src IFrame.src Embed.src Media.src Source.src Track.src Input.src Link.href Base.href Object.data " +
	"Video.poster Image.srcset Source.srcset Link.imageSrcset").split(" ")) {
	const [type, name] = at.split(".");
	guardProperty("HTML" + type + "Element", name, /set$/.test(name) ? refusedSet : refused);
}
// lazysizes leads frames to their addresses past every attribute, but asks before.
document.addEventListener("lazybeforeunveil", (e) => {
	const frame = e.target, url = frame.dataset.src;
	if (frame.localName !== "iframe" || !refused(url)) return;
	e.preventDefault();
	frame.src = url;
});

// judgeOf finds what judges an attribute, if it makes the element fetch.
const judgeOf = (el, name) => {
	const at = (name + " " + el.localName).toLowerCase();
	if (at.includes("-")) return undefined;
	if (at.includes("srcset ")) return refusedSet;
	if (at.includes("srcdoc ")) return refusedHTML;
	return /^((src|poster|background) |data object|(xlink:)?href (link|base|image|use|feimage|script)$)/.test(at) ? refused : undefined;
};
const guardAttribute = (at) => (original) => function (...args) {
	put(this, judgeOf(this, args[at]), args[at + 1], () => original.apply(this, args));
};
wrap(Element.prototype, "setAttribute", guardAttribute(0));
wrap(Element.prototype, "setAttributeNS", guardAttribute(1));

// ask makes a request, and fails when what is declared does not allow it. A copy
// is kept then, which is sent on consent: nobody waits for its answer any more.
const ask = (url, send, fail, copy) => {
	if (!refused(url)) return send();
	let told;
	const kept = try_(copy);
	gate(refused, url, () => {
		if (!told) send();
		else if (kept) fetch(kept).catch(() => {});
		told = true;
	}, true).then(() => {
		// What was allowed meanwhile has been sent, if there was room for it.
		if (!told) (refused(url) ? fail : send)();
		told = true;
	});
};
wrap(window, "fetch", (original) => (input, init) => new Promise((resolve, reject) => ask(
	input,
	() => resolve(original.call(window, input, init)),
	() => reject(new TypeError("consent: not given")),
	// A stream can be read only once, and its owner was told that it failed.
	() => !init?.duplex && new Request(new Request(input.clone?.() || input, init), { signal: null }),
)));
wrap(Navigator.prototype, "sendBeacon", (original) => function (...args) {
	return gate(refused, args[0], () => original.apply(this, args), true) !== false;
});
wrap(window, "fetchLater", (original) => (...args) => gate(refused, args[0], () => original(...args), true));
const opened = new WeakMap();
wrap(XMLHttpRequest.prototype, "open", (original) => function (...args) {
	const [method, url, async = args.length < 3] = args;
	original.apply(this, args);
	opened.set(this, [url, async, { method, headers: [] }, () => original.call(this, method, "about:invalid", async)]);
});
wrap(XMLHttpRequest.prototype, "setRequestHeader", (original) => function (name, value) {
	original.call(this, name, value);
	opened.get(this)?.[2].headers.push([name, value]);
});
wrap(XMLHttpRequest.prototype, "send", (original) => function (body) {
	const [url, async, init, reopen] = opened.get(this) || [];
	const send = () => original.call(this, body), fail = () => { reopen(); send(); };
	if (async) ask(url, send, fail, () => new Request(url, {
		...init, credentials: this.withCredentials ? "include" : "same-origin",
		body: /^(get|head)$/i.test(init.method) ? undefined : body,
	}));
	else if (refused(url)) fail();
	else send();
});
// A connection that is refused stays one that connects, until it may: what stands
// for it then gets its life from the second script.
const connect = (type, args) => {
	const held = new EventTarget(), listen = held.addEventListener, own = {}, kinds = [];
	for (const name in type.prototype) own[name] = try_(() => type.prototype[name]) ?? null;
	Object.setPrototypeOf(Object.assign(held, own, {
		readyState: 0,
		url: args[0],
		send() { throw denied("InvalidStateError"); },
		close() { held.readyState = type.CLOSED; },
		addEventListener(...listener) { kinds.push(listener[0]); listen.apply(held, listener); },
	}), type.prototype);
	gate(refused, args[0], () => later().then(() => kit.connect(held, type, args, kinds)), true);
	return held;
};
const refuse = () => { throw denied(); };
for (const [name, instead] of Object.entries({
	WebSocket: connect, EventSource: connect, WebTransport: refuse, WebSocketStream: refuse,
	Audio: (type, [src]) => Object.assign(new type(), { src }),
})) {
	wrap(window, name, (original) => new Proxy(original, {
		construct: (type, args, as) => refused(args[0]) ? instead(type, args) : Reflect.construct(type, args, as),
	}));
}
// forbid has a method fail while what it is asked for is refused.
const forbid = (type, name, isRefused, error) => wrap(proto(type), name, (original) => async function (...args) {
	if (isRefused(args[0])) throw denied(error);
	return original.apply(this, args);
});
forbid("Worklet", "addModule", refused);
