// The dialog: the preference page, opened over any page.

const main = (html) => parse(html).querySelector("main");
const page = async () => {
	const answer = await fetch(address());
	if (!answer.ok) throw answer.status;
	return main(await answer.text());
};
const wordsOf = (main) => main.querySelector("form").dataset;

const stylesheet = () => {
	const style = make("link");
	style.rel = "stylesheet";
	style.href = site.prefix + "/style.css";
	style.nonce = me.nonce;
	return style;
};

kit.show = async () => {
	const first = await page(), words = wordsOf(first);
	const host = make("div"), style = stylesheet(), dialog = make("dialog"), bar = make("div"), close = make("button"), content = make("div");
	const root = host.attachShadow({ mode: "open" });
	bar.className = "close";
	close.textContent = words.close;
	close.onclick = () => dialog.close();
	bar.append(close);
	dialog.className = "consent-page";
	dialog.lang = lang;
	dialog.dir = words.dir;
	dialog.setAttribute("aria-label", first.querySelector("h1").textContent);
	content.className = "main";
	const fill = (main) => {
		content.replaceChildren(...document.importNode(main, true).children);
		permissions(content);
	};
	fill(first);
	dialog.append(bar, content);
	dialog.onclose = () => host.remove();
	// After a choice the page says that it was saved, and where the receipt is.
	wire(root, (html) => {
		fill(main(html));
		const said = content.querySelector("[role=status]");
		if (!said) return dialog.close();
		said.tabIndex = -1;
		dialog.scrollTop = 0;
		said.focus();
	});
	const loaded = new Promise((resolve, reject) => { style.onload = resolve; style.onerror = reject; });
	root.append(style, dialog);
	document.body.append(host);
	await loaded.catch((e) => { host.remove(); throw e; });
	dialog.showModal();
};

// What the browser itself would say to each device permission.
const permissions = (root) => {
	const words = wordsOf(root);
	for (const item of root.querySelectorAll("[data-permission]")) {
		const name = { location: "geolocation" }[item.dataset.permission] || item.dataset.permission;
		try_(() => navigator.permissions.query({ name }))?.then((found) => { item.textContent = words[found.state] || ""; }, () => {});
	}
};
