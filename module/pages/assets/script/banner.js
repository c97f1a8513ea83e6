// The banner on storefront pages, and the dialog that opens again from any of them.

const make = (name) => document.createElement(name);
const address = () => site.prefix + "/?" + new URLSearchParams({ lang, return: location.pathname + location.search });

const wire = (root, done) => {
	let plain = false;
	root.addEventListener("submit", async (e) => {
		const form = e.target, button = e.submitter;
		if (plain || !button || form.getAttribute("action") !== site.prefix + "/") return;
		e.preventDefault();
		if (button.name !== "choice") return open();
		const body = new URLSearchParams(new FormData(form));
		body.set("choice", button.value);
		try {
			const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" });
			if (answer.type !== "opaqueredirect" && !answer.ok) throw answer.status;
			await state("GET");
			changed();
			done && done();
		} catch {
			// The plain form shows the visitor what went wrong.
			plain = true;
			form.requestSubmit(button);
		}
	});
};

// page fetches the preference page: the dialog's content, and the words that
// placeholders need.
let loading, opening;
const page = () => loading = loading || fetchPage().catch((e) => { loading = undefined; throw e; });
const fetchPage = async () => {
	const answer = await fetch(address());
	if (!answer.ok) throw answer.status;
	const main = parse(await answer.text()).querySelector("main");
	return { main, words: main.querySelector("form").dataset };
};

const open = () => opening = opening || show().catch(() => location.assign(address())).finally(() => opening = undefined);
const show = async () => {
	const { main, words } = await page();
	const host = make("div"), style = stylesheet(), dialog = make("dialog"), bar = make("div"), close = make("button"), content = make("div");
	const root = host.attachShadow({ mode: "open" });
	bar.className = "close";
	close.type = "button";
	close.textContent = words.close;
	close.onclick = () => dialog.close();
	bar.append(close);
	dialog.className = "consent-page";
	dialog.lang = lang;
	dialog.dir = words.dir;
	dialog.setAttribute("aria-label", main.querySelector("h1").textContent);
	content.className = "main";
	content.append(...document.importNode(main, true).children);
	dialog.append(bar, content);
	dialog.onclose = () => host.remove();
	wire(root, () => dialog.close());
	const loaded = new Promise((resolve, reject) => { style.onload = resolve; style.onerror = reject; });
	root.append(style, dialog);
	document.body.append(host);
	await loaded.catch((e) => { host.remove(); throw e; });
	dialog.showModal();
	permissions(dialog);
};

const stylesheet = () => {
	const style = make("link");
	style.rel = "stylesheet";
	style.href = site.prefix + "/style.css";
	style.nonce = me.nonce;
	return style;
};

// What the browser itself would say to each device permission.
const permissions = (root) => {
	const form = root.querySelector("form");
	for (const item of root.querySelectorAll("[data-permission]")) {
		const name = { location: "geolocation" }[item.dataset.permission] || item.dataset.permission;
		const query = navigator.permissions && try_(() => navigator.permissions.query({ name }));
		if (query) query.then((found) => { item.textContent = form.dataset[found.state] || ""; }, () => {});
	}
};

document.addEventListener("click", (e) => {
	if (e.defaultPrevented || e.button || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
	const target = e.target.closest && e.target.closest("[data-consent-open], a[href]");
	if (!target) return;
	const opens = target.hasAttribute("data-consent-open") ||
		(target.origin === location.origin && target.pathname === site.prefix + "/");
	if (!opens) return;
	e.preventDefault();
	open();
});
