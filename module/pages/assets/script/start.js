// The start, when all parts are known.

google("default");
ready.then(() => {
	const banner = document.getElementById("consent-banner");
	if (banner) wire(banner);
	revive(document);
	watch(document);
	new MutationObserver((records) => {
		for (const { addedNodes } of records) {
			for (const node of addedNodes) {
				if (node.nodeType !== 1) continue;
				revive(node);
				watch(node.parentNode || node);
			}
		}
	}).observe(document, { childList: true, subtree: true });
});
