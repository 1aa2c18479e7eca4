package guards

// The rules that no program can keep for its operator. Each says what the operator must do.
func init() {
	words := []Service{ByWords}
	Declare(Clause{ID: "A2", Says: "nobody is asked to register an app of their own to use somebody's tool",
		Source: SourceRestricted + " (2021, 2024); " + SourceFAQ, Served: words,
		Operator: "run heed for your own use case with your own app; offer it to nobody as a service that wants their app or keys"})
	Declare(Clause{ID: "A3", Says: "a white-label service is one use case, and not permissible without X's approval",
		Source: "Developer Policy (2021: one use case; current: not without approval)", Served: words,
		Operator: "do not resell a bot under other names; ask X through its policy form first"})
	Declare(Clause{ID: "A11", Says: "nothing is published that identifies who breaks X's rules, without written permission",
		Source: SourceConduct, Served: words,
		Operator: "heed judges its own bots' intents and never scores another account; build nothing on its records that does"})
	Declare(Clause{ID: "A16", Says: "posts are shown by X's display rules, with their attribution, and in no frame",
		Source: SourceAgreement + " III.K; " + SourceGuidelines, Served: words,
		Operator: "heed shows only what its own bots would say; where you show other people's posts, follow X's display rules"})
	Declare(Clause{ID: "A18", Says: "nobody is taught to look human or to slip past X's detection",
		Source: SourceGuidelines, Served: words,
		Operator: "heed spreads its work for load and says so; do not add delays or wording that disguise a bot"})
	Declare(Clause{ID: "M5", Says: "when access to the API ends, all data of X's is deleted within 10 business days",
		Source: SourceGuidelines, Served: words,
		Operator: "stop heed and delete its state folder: the ledger, its copies, the road's files; keep the opt-outs' export, which holds ids alone"})
	Declare(Clause{ID: "M13", Says: "no model is trained on what X's people wrote",
		Source: SourceAgreement + " III.A; " + SourceGuidelines, Served: []Service{ByWords, ByMinimum},
		Operator: "heed keeps no text of other people to train on; do not let a bot's script collect what its events tell it"})
	Declare(Clause{ID: "M14", Says: "nobody is watched, profiled or tracked",
		Source: SourceRestricted + "; " + SourceAgreement + " XIV.B", Served: []Service{ByWords, ByMinimum},
		Operator: "heed keeps ids, times and what people chose; build nothing on them that follows a person"})
	Declare(Clause{ID: "M15", Says: "X is told of a breach at once",
		Source: SourceAgreement + " III.G; " + SourceGuidelines, Served: words,
		Operator: "heed halt; revoke the keys at X; report it to X; then read heed log for what was done meanwhile"})
}
