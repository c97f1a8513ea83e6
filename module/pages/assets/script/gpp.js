// IAB GPP 1.1 with the section of the US National Privacy string.
const gpp = () => {
	const calls = new Map();
	let next = 1;
	const info = () => {
		const out = has("advertising") ? 2 : 1, gpc = !!navigator.globalPrivacyControl;
		const section = {
			Version: 2, SharingNotice: 1, SaleOptOutNotice: 1, SharingOptOutNotice: 1, TargetedAdvertisingOptOutNotice: 1,
			SensitiveDataProcessingOptOutNotice: 0, SensitiveDataLimitUseNotice: 0,
			SaleOptOut: out, SharingOptOut: out, TargetedAdvertisingOptOut: out,
			SensitiveDataProcessing: Array(16).fill(0), KnownChildSensitiveDataConsents: [0, 0, 0], PersonalDataConsents: 0,
			MspaCoveredTransaction: 2, MspaOptOutOptionMode: 0, MspaServiceProviderMode: 0, GpcSegmentType: 1, Gpc: gpc,
		};
		return {
			gppVersion: "1.1", cmpStatus: "loaded", cmpDisplayStatus: visible(), signalStatus: "ready", supportedAPIs: ["7:usnat"], cmpId: 0,
			sectionList: gdpr ? [] : [7], applicableSections: gdpr ? [-1] : [7],
			gppString: gdpr ? "DBAA" : "DBABLA~CVQ" + (out === 1 ? "V" : "q") + "AAAAAACA." + (gpc ? "YA" : "QA"),
			parsedSections: gdpr ? {} : { usnat: section },
		};
	};
	const api = (command, callback, parameter) => {
		const now = info(), [name, field] = String(parameter).split("."), section = now.parsedSections[name];
		if (command === "ping") {
			callback(now, true);
		} else if (command === "addEventListener") {
			calls.set(next, callback);
			callback({ eventName: "listenerRegistered", listenerId: next++, data: true, pingData: now }, true);
		} else if (command === "removeEventListener") {
			callback(calls.delete(parameter), true);
		} else if (command === "hasSection") {
			callback(!!section, true);
		} else if (command === "getSection") {
			callback(section || null, !!section);
		} else if (command === "getField") {
			callback(section ? section[field] : null, !!section);
		} else {
			callback(null, false);
		}
	};
	serve("__gpp", api, (wanted, reply) => api(wanted.command, reply, wanted.parameter));
	listeners.add(() => {
		for (const [listenerId, f] of calls) try_(() => f({ eventName: "sectionChange", listenerId, data: "usnat", pingData: info() }, true));
	});
};
gpp();
