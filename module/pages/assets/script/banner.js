// The banner on storefront pages, and the way to the second script.

const make = (name) => document.createElement(name);
const address = () => site.prefix + "/?" + new URLSearchParams({ lang, return: location.pathname + location.search });

// later loads the second script, which adds to what it is given.
let second;
const later = () => second = second || load().catch((e) => { second = undefined; throw e; });
const load = () => new Promise((resolve, reject) => {
	const script = make("script"), url = site.prefix + "/more.js?" + site.more;
	script.consent = kit;
	script.onload = () => kit.show ? resolve() : reject();
	script.onerror = reject;
	script.integrity = site.more;
	script.nonce = me.nonce;
	script.src = policy ? policy.createScriptURL(url) : url;
	document.head.append(script);
	script.remove();
});

const wire = (root, done) => {
	let plain = false;
	root.addEventListener("submit", (e) => {
		const form = e.target, button = e.submitter;
		if (plain || !button || !(site.prefix + "/").endsWith(form.getAttribute("action"))) return;
		e.preventDefault();
		if (button.name !== "choice") return open();
		later().then(() => kit.decide(form, button)).then(done).catch(() => {
			// The plain form shows the visitor what went wrong.
			plain = true;
			button.click();
		});
	});
};

let opening;
const open = () => opening = opening || later().then(() => kit.show()).catch(() => location.assign(address())).then(() => opening = undefined);

document.addEventListener("click", (e) => {
	if (e.defaultPrevented || e.button || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
	const target = e.target.closest?.("[data-consent-open], a[href]");
	if (!target) return;
	if (!target.matches("[data-consent-open]") && target.origin + target.pathname !== site.prefix + "/") return;
	e.preventDefault();
	open();
});

// What was held back comes alive, or asks where it can be seen.
const sizeOf = (el) => {
	const { width, height } = el.getBoundingClientRect(), [wide, high] = ["width", "height"].map((name) => el.getAttribute(name));
	// An image without an address is no larger than its text.
	if (!width || !el.alt || !(high / wide)) return [width, height];
	const fits = Math.min(wide, el.parentNode.clientWidth || wide);
	return [fits, fits * high / wide];
};
const shows = (el) => {
	if (!el.matches("img, iframe, object, embed, video")) return false;
	const [width, height] = sizeOf(el);
	return width >= 120 && height >= 60;
};
// Where data-consent is empty, the second script knows how to tell.
const wakes = (root) => [root, ...root.querySelectorAll("[data-consent], template, .consent-ask")].some((el) => {
	if (el.content?.nodeType) return wakes(el.content);
	if (el.className === "consent-ask") return true;
	const purposes = el.dataset?.consent;
	return purposes !== undefined && (!missing(purposes)[0] || shows(el));
});
const revive = (root, anew) => {
	if (anew || wakes(root)) later().then(() => kit.revive(root, anew)).catch(() => {});
};
freed.push(() => revive(document, true));

const kit = {
	site, lang, me, make, address, fetch, trust, policy, missing, try_, setAttribute, wire, sizeOf, shows,
	granted: () => [...granted],
	took: (answer) => {
		note(answer);
		return state("GET").then(changed);
	},
};
