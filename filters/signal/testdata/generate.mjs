// Makes vectors.jsonl.gz: random consent strings, written by the reference
// libraries, with the values that these libraries read in them and the purposes
// that must be taken away for them. It runs for a minute. In an empty directory:
//
//   npm install @iabtcf/core@1.5.6 @iabgpp/cmpapi@3.2.0
//   node …/testdata/generate.mjs …/testdata/vectors.jsonl.gz
//
// The same seed gives the same file.
import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const require = createRequire(process.cwd() + "/");
const { GVL, PurposeRestriction, Segment, TCModel, TCString } = require("@iabtcf/core");
const gpp = require("@iabgpp/cmpapi");

const TCF_STRINGS = 1200;
const GPP_STRINGS = 1400;

// Mulberry32.
let state = 20261124;
function random() {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
const below = (n) => Math.floor(random() * n);
const chance = (p) => random() < p;
const pick = (list) => list[below(list.length)];
const letters = () => String.fromCharCode(65 + below(26), 65 + below(26));
const day = () => new Date(Date.UTC(2020 + below(7), below(12), 1 + below(28)));

// Sets of ids are written as ranges: "1-3,7".
function ranges(ids) {
  const sorted = [...new Set(ids)].sort((a, b) => a - b);
  const out = [];
  for (let i = 0; i < sorted.length; ) {
    let j = i;
    while (sorted[j + 1] === sorted[j] + 1) j++;
    out.push(i === j ? `${sorted[i]}` : `${sorted[i]}-${sorted[j]}`);
    i = j + 1;
  }
  return out.join(",");
}
const bitRanges = (bits) => ranges(bits.flatMap((bit, i) => (bit ? [i + 1] : [])));

// Vendors: none, a few, a run, or many; so that bit fields and ranges both occur.
function vendors(max) {
  switch (below(6)) {
    case 0:
      return [];
    case 1: {
      const first = 1 + below(max - 1);
      return Array.from({ length: 1 + below(max - first) }, (_, i) => first + i);
    }
    case 2: {
      const dense = 1 + below(60);
      return Array.from({ length: dense }, (_, i) => i + 1).filter(() => chance(0.6));
    }
    default:
      return Array.from({ length: 1 + below(8) }, () => 1 + below(max));
  }
}

// Consents to purposes: any, most, or all, so that every outcome is frequent.
const purposes = (max) => {
  const p = pick([0.3, 0.7, 0.95, 1]);
  return Array.from({ length: max }, (_, i) => i + 1).filter(() => chance(p));
};

// What a TC string takes, from the purposes consented to.
function takenByPurposes(consents, storage) {
  const has = (...ids) => ids.every((id) => consents.includes(id));
  const stored = !storage || has(1);
  const taken = [];
  if (!(stored && has(2, 3, 4))) taken.push("advertising");
  if (!(stored && has(5, 6))) taken.push("personalization");
  if (!(stored && (has(7) || has(8) || has(9)))) taken.push("analytics");
  return taken;
}

// A list of vendors, all of whom may do everything, so that the library leaves
// what is set here as it is. Some ids are missing from it.
function vendorList() {
  const ids = Array.from({ length: 1200 }, (_, i) => i + 1).filter((id) => id % 97 !== 0);
  const all = Array.from({ length: 11 }, (_, i) => i + 1);
  const named = Object.fromEntries(all.map((id) => [id, { id, name: "", description: "", illustrations: [] }]));
  return new GVL({
    gvlSpecificationVersion: 3,
    vendorListVersion: below(4096),
    tcfPolicyVersion: pick([2, 3, 4, 5]),
    lastUpdated: "2026-01-01T00:00:00Z",
    purposes: named,
    specialPurposes: {},
    features: {},
    specialFeatures: {},
    dataCategories: {},
    stacks: {},
    vendors: Object.fromEntries(
      ids.map((id) => [
        id,
        { id, name: "", purposes: all, legIntPurposes: all, flexiblePurposes: all, specialPurposes: [], features: [], specialFeatures: [] },
      ]),
    ),
  });
}

function tcf() {
  const gvl = vendorList();
  const m = new TCModel(gvl);
  m.cmpId = 2 + below(4000);
  m.cmpVersion = 1 + below(4095);
  m.consentScreen = below(64);
  m.isServiceSpecific = chance(0.7);
  m.useNonStandardStacks = chance(0.3);
  m.purposeOneTreatment = chance(0.2);
  m.publisherCountryCode = letters();
  m.specialFeatureOptins.set(purposes(12));
  m.purposeConsents.set(purposes(24));
  m.purposeLegitimateInterests.set(purposes(24));
  m.vendorConsents.set(vendors(1200));
  m.vendorLegitimateInterests.set(vendors(1200));
  if (m.isServiceSpecific) {
    for (let n = below(3); n > 0; n--) {
      const restriction = new PurposeRestriction(1 + below(11), below(3));
      for (const id of vendors(30)) m.publisherRestrictions.add(id, restriction);
    }
  }
  m.publisherConsents.set(purposes(24));
  m.publisherLegitimateInterests.set(purposes(24));
  m.numCustomPurposes = chance(0.5) ? 0 : 1 + below(63);
  if (m.numCustomPurposes > 0) {
    m.publisherCustomConsents.set(purposes(m.numCustomPurposes));
    m.publisherCustomLegitimateInterests.set(purposes(m.numCustomPurposes));
  }
  m.vendorsAllowed.set(vendors(200));
  m.created = day();
  m.lastUpdated = day();
  const segments = [Segment.CORE];
  for (const segment of [Segment.VENDORS_DISCLOSED, Segment.VENDORS_ALLOWED, Segment.PUBLISHER_TC]) {
    if (chance(0.5)) segments.splice(1 + below(segments.length), 0, segment);
  }
  const s = TCString.encode(m, { segments });
  const d = TCString.decode(s);
  const set = (vector) => ranges(vector.values());
  return {
    tcf: s,
    taken: takenByPurposes([...d.purposeConsents.values()], true),
    fields: {
      Version: d.version,
      Created: d.created.getTime(),
      LastUpdated: d.lastUpdated.getTime(),
      CMPID: d.cmpId,
      CMPVersion: d.cmpVersion,
      ConsentScreen: d.consentScreen,
      ConsentLanguage: d.consentLanguage,
      VendorListVersion: d.vendorListVersion,
      PolicyVersion: d.policyVersion,
      ServiceSpecific: d.isServiceSpecific,
      NonStandardTexts: d.useNonStandardStacks,
      SpecialFeatures: set(d.specialFeatureOptins),
      PurposeConsents: set(d.purposeConsents),
      PurposeLegitimateInterests: set(d.purposeLegitimateInterests),
      PurposeOneTreatment: d.purposeOneTreatment,
      PublisherCountry: d.publisherCountryCode,
      VendorConsents: set(d.vendorConsents),
      VendorLegitimateInterests: set(d.vendorLegitimateInterests),
      Restrictions: Object.fromEntries(
        d.publisherRestrictions
          .getRestrictions()
          .map((r) => [`${r.purposeId}/${r.restrictionType}`, ranges(d.publisherRestrictions.getVendors(r))]),
      ),
      DisclosedVendors: set(d.vendorsDisclosed),
      AllowedVendors: set(d.vendorsAllowed),
      PublisherConsents: set(d.publisherConsents),
      PublisherLegitimateInterests: set(d.publisherLegitimateInterests),
      CustomPurposes: d.numCustomPurposes,
      CustomConsents: set(d.publisherCustomConsents),
      CustomLegitimateInterests: set(d.publisherCustomLegitimateInterests),
    },
  };
}

const bits = (n, ids) => Array.from({ length: n }, (_, i) => ids.includes(i + 1));
const gppSections = Object.values(gpp).filter((c) => c?.NAME && c.NAME !== "header");

// Sets every field of a section to a random value of its kind.
function fill(model, Section) {
  const set = (field, value) => model.setFieldValue(Section.NAME, field, value);
  if (Section.NAME === "uspv1") {
    for (const field of ["Notice", "OptOutSale", "LspaCovered"]) set(field, pick(["Y", "N", "-"]));
    return;
  }
  if (Section.NAME === "tcfeuv2" || Section.NAME === "tcfcav1") {
    const eu = Section.NAME === "tcfeuv2";
    set("CmpId", below(4096));
    set("CmpVersion", below(4096));
    set("ConsentScreen", below(64));
    set("ConsentLanguage", letters());
    set("VendorListVersion", below(4096));
    set(eu ? "PolicyVersion" : "TcfPolicyVersion", below(64));
    set("UseNonStandardStacks", chance(0.5));
    set(eu ? "SpecialFeatureOptins" : "SpecialFeatureExpressConsent", bits(12, purposes(12)));
    set(eu ? "PurposeConsents" : "PurposesExpressConsent", bits(24, purposes(24)));
    set(eu ? "PurposeLegitimateInterests" : "PurposesImpliedConsent", bits(24, purposes(24)));
    set(eu ? "VendorConsents" : "VendorExpressConsent", vendors(400));
    set(eu ? "VendorLegitimateInterests" : "VendorImpliedConsent", vendors(400));
    set(eu ? "VendorsDisclosed" : "DisclosedVendors", vendors(200));
    set("Created", day()); // last: the library sets it to now at any change
    if (!eu) set("LastUpdated", day());
    return;
  }
  const section = new Section();
  const [core, second] = section.initializeSegments();
  // Seldom opted out: a section has several opt-outs, and each must matter.
  const value = (name) => (/OptOut$/.test(name) && chance(0.7) ? pick([0, 2]) : below(3));
  for (const segment of [core, second].filter(Boolean)) {
    const fields = segment.initializeFields();
    for (const name of segment.getFieldNames()) {
      const was = fields.get(name).getValue();
      if (name === "Version") {
        if (Section.NAME === "usnat") set(name, 1 + below(2));
      } else if (name === "MspaCoveredTransaction") {
        set(name, 1 + below(2));
      } else if (name === "GpcSegmentType" || name === "MspaVersion") {
        continue;
      } else if (name === "Gpc") {
        set("GpcSegmentIncluded", chance(0.5));
        set(name, chance(0.3));
      } else if (Array.isArray(was)) {
        set(name, was.map(() => below(3)));
      } else {
        set(name, value(name));
      }
    }
  }
  if (second && /Sensitive/.test(second.constructor.name)) set("SensitiveDataConsentSegmentIncluded", chance(0.5));
}

// What a section takes, and its values as the library reads them. The library
// shows a second subsection also where there is none: included tells.
function judge(name, o, included) {
  const on = (field) => ranges((o[field] ?? []).flatMap((bit, i) => (bit ? [i + 1] : [])));
  switch (name) {
    case "uspv1":
      return { taken: o.OptOutSale === "Y" ? optOut : [], fields: { Notice: o.Notice, OptOutSale: o.OptOutSale, LspaCovered: o.LspaCovered } };
    case "tcfeuv2":
      return {
        taken: takenByPurposes(o.PurposeConsents.flatMap((bit, i) => (bit ? [i + 1] : [])), true),
        fields: {
          CmpId: o.CmpId,
          Created: new Date(o.Created).getTime(),
          PolicyVersion: o.PolicyVersion,
          PurposeConsents: on("PurposeConsents"),
          PurposeLegitimateInterests: on("PurposeLegitimateInterests"),
          VendorConsents: ranges(o.VendorConsents),
          VendorLegitimateInterests: ranges(o.VendorLegitimateInterests),
          VendorsDisclosed: ranges(o.VendorsDisclosed),
        },
      };
    case "tcfcav1":
      return {
        taken: takenByPurposes(o.PurposesExpressConsent.flatMap((bit, i) => (bit ? [i + 1] : [])), false),
        fields: {
          CmpId: o.CmpId,
          CmpVersion: o.CmpVersion,
          ConsentScreen: o.ConsentScreen,
          ConsentLanguage: o.ConsentLanguage,
          VendorListVersion: o.VendorListVersion,
          TcfPolicyVersion: o.TcfPolicyVersion,
          UseNonStandardStacks: o.UseNonStandardStacks,
          Created: new Date(o.Created).getTime(),
          SpecialFeatureExpressConsent: on("SpecialFeatureExpressConsent"),
          PurposesExpressConsent: on("PurposesExpressConsent"),
          PurposesImpliedConsent: on("PurposesImpliedConsent"),
        },
      };
  }
  const out = o.SaleOptOut === 1 || o.SharingOptOut === 1 || o.TargetedAdvertisingOptOut === 1;
  const fields = { ...o };
  if ("Gpc" in o && !included("Gpc")) {
    delete fields.GpcSegmentType;
    delete fields.Gpc;
  }
  if (["usin", "usky", "usri"].includes(name) && !included("SensitiveDataConsent")) delete fields.SensitiveDataProcessing;
  return { taken: out || fields.Gpc ? optOut : [], fields };
}
const optOut = ["advertising", "personalization", "cross-border"];

function platform() {
  const model = new gpp.GppModel();
  const count = pick([0, 1, 1, 1, 1, 2, 2, 3, 5]);
  const chosen = new Set();
  while (chosen.size < count) chosen.add(pick(gppSections));
  for (const Section of chosen) fill(model, Section);
  const s = model.encode();
  const read = new gpp.GppModel(s);
  const ids = read.getSectionIds();
  const object = read.toObject();
  const taken = new Set();
  const sections = ids.map((id) => {
    const name = gppSections.find((c) => c.ID === id).NAME;
    const judged = judge(name, object[name], (segment) => read.getFieldValue(name, segment + "SegmentIncluded") === true);
    judged.taken.forEach((purpose) => taken.add(purpose));
    return { id, name, fields: judged.fields };
  });
  return { gpp: s, taken: [...taken], sections };
}

const lines = [];
for (let i = 0; i < TCF_STRINGS; i++) lines.push(JSON.stringify(tcf()));
for (let i = 0; i < GPP_STRINGS; i++) lines.push(JSON.stringify(platform()));
writeFileSync(process.argv[2], gzipSync(lines.join("\n") + "\n", { level: 9 }));
