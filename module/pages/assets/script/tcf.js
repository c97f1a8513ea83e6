// IAB TCF 2.3. No vendor of the global list is known to the gateway, so none
// has consent; the purposes follow the decision.
const tcf = ({ cmp, version, vendors, country }) => {
	const calls = new Map();
	let next = 1;
	const needs = [["analytics", "advertising", "personalization"], ["advertising"], ["advertising"], ["advertising"], ["personalization"], ["personalization"], ["analytics"], ["analytics"], ["analytics"], [], ["personalization"]];
	const string = (purposes, features) => {
		let bits = "";
		const put = (n, width) => { bits += n.toString(2).padStart(width, "0").slice(-width); };
		const letters = (s) => { for (const c of s) put(c.charCodeAt(0) - 65, 6); };
		const flags = (list, width) => { bits += list.map(Number).join("").padEnd(width, "0"); };
		const seal = () => {
			const sextets = bits.padEnd(Math.ceil(bits.length / 8) * 8, "0").match(/.{1,6}/g);
			bits = "";
			return sextets.map((s) => "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[parseInt(s.padEnd(6, "0"), 2)]).join("");
		};
		const today = Math.floor(Date.now() / 864e5) * 864e3;
		put(2, 6); put(today, 36); put(today, 36); put(cmp, 12); put(version, 12); put(1, 6);
		letters(lang.slice(0, 2).toUpperCase());
		put(vendors, 12); put(5, 6); put(1, 1); put(1, 1);
		flags(features, 12); flags(purposes, 24); put(0, 24); put(0, 1);
		letters(country || "AA");
		put(0, 17); put(0, 17); put(0, 12);
		const core = seal();
		put(1, 3); put(0, 17);
		return core + "." + seal();
	};
	const numbered = (list) => Object.fromEntries(list.map((yes, i) => [i + 1, yes]));
	const tcData = (eventStatus, listenerId) => {
		const purposes = needs.map((any) => any.some(has)), features = [has("location"), has("device")];
		const none = () => ({ consents: {}, legitimateInterests: {} });
		return {
			tcString: string(purposes, features), tcfPolicyVersion: 5, cmpId: cmp, cmpVersion: version, gdprApplies: gdpr,
			eventStatus, cmpStatus: "loaded", listenerId, isServiceSpecific: true, useNonStandardTexts: true,
			publisherCC: country || "AA", purposeOneTreatment: false,
			purpose: { consents: numbered(purposes), legitimateInterests: {} },
			vendor: { ...none(), disclosedVendors: {} },
			specialFeatureOptins: numbered(features),
			publisher: { ...none(), customPurpose: none(), restrictions: {} },
		};
	};
	const status = () => decided ? "tcloaded" : "cmpuishown";
	const api = (command, _, callback, parameter) => {
		if (command === "ping") {
			callback({ gdprApplies: gdpr, cmpLoaded: true, cmpStatus: "loaded", displayStatus: visible(), apiVersion: "2.3", cmpVersion: version, cmpId: cmp, gvlVersion: vendors, tcfPolicyVersion: 5 }, true);
		} else if (command === "getTCData") {
			callback(tcData(status()), true);
		} else if (command === "addEventListener") {
			calls.set(next, callback);
			callback(tcData(status(), next++), true);
		} else if (command === "removeEventListener") {
			callback(calls.delete(parameter));
		} else {
			callback(null, false);
		}
	};
	serve("__tcfapi", api, (wanted, reply) => api(wanted.command, wanted.version, reply, wanted.parameter));
	listeners.add(() => { for (const [id, f] of calls) try_(() => f(tcData("useractioncomplete", id), true)); });
};
tcf(site.tcf);
