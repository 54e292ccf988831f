/** What the two companies tell their memory. */
export const acme = {
  shared: "our internal CRM is called Atlas, built on Salesforce",
  alice: "I'm the lead engineer, I prioritize API performance",
  bob: "I sell to hospitals and prefer short e-mails",
  agent: "refunds over 500 euros need a human",
  run: "ticket 4711 waits for the customer's invoice",
};

export const rival = {
  shared: "our internal CRM is called Zeus, and it is a spreadsheet",
  carol: "I run procurement and I dislike phone calls",
  dave: "I maintain the company systems at night",
  agent: "always greet customers in French",
};
