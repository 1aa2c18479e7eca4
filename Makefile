# heed: every target here works on a fresh machine with Go 1.26, gcc, git and sh.
SHELL       := /bin/sh
VERSION     ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 0)
STATICCHECK := bin/staticcheck-v0.8.2
AXE         := bin/axe-core-4.14.1.min.js
AXE_SHA512  := 1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b734f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5
TAGS        := sqlite_omit_load_extension,sqlite_foreign_keys,sqlite_secure_delete
GOFLAGS     := -tags=$(TAGS) -buildvcs=false
DATA        ?= ../shared/data/duplicates-dev.jsonl
FUZZTIME    ?= 10m
WEEKS       ?= 1000
SCHEDULES   ?= 10000
KILLS       ?= 500
CUTS        ?= 100
MUTANTS     ?= all
SCALE       ?= 1
BENCHES     ?=
SEED        ?= 1
export GOFLAGS
export CGO_CFLAGS := -O2 -g0 -DSQLITE_DQS=0

.DEFAULT_GOAL := help
.PHONY: help build dist repro run test lint unit browser proof weeks schedules crash power backup audit hostile wire mutants fuzz promises bench speed bench-duplicates rules clean

help: ## show this
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

build: ## build bin/heed and the example bots
	go build -trimpath -ldflags '-s -w -X main.version=$(VERSION) -X main.builtAt=$(SOURCE_DATE_EPOCH)' -o bin/heed ./cmd/heed
	go build -trimpath -ldflags '-s -w' -o bots/example/bin/desk ./bots/example/desk

# What is given to others, in dist/: one program that needs no library of the machine, the same bytes
# from the same commit, Go and gcc, wherever it is built.
STATIC = -trimpath -tags $(TAGS),osusergo,netgo -ldflags '-s -w -buildid= -X main.version=$(VERSION) -X main.builtAt=$(SOURCE_DATE_EPOCH) -linkmode external -extldflags "-static -Wl,--build-id=none"'

dist repro: export SOURCE_DATE_EPOCH := $(SOURCE_DATE_EPOCH)
dist: ## build dist/: heed as one static file, completions, manual pages, units, alerts, the licences of its parts, SHA256SUMS
	rm -rf dist
	CGO_ENABLED=1 go build $(STATIC) -o dist/heed ./cmd/heed
	mkdir -p dist/completions dist/docs
	for s in bash zsh fish powershell; do dist/heed completion $$s > dist/completions/heed.$$s || exit 1; done
	dist/heed man dist/man
	cp cmd/heed/dist/heed.service cmd/heed/dist/heed.rules.yml cmd/heed/dist/grafana.json dist/
	cp README.md dist/ && cp docs/*.md dist/docs/
	cmd/heed/dist/licences.sh dist/heed dist/licences
	{ go version && gcc --version | head -n 1; } > dist/built-with.txt
	cd dist && find . -type f ! -name SHA256SUMS | LC_ALL=C sort | xargs sha256sum > SHA256SUMS

REPRO = $(CURDIR)/bin/repro
repro: ## build dist/ twice, in two folders with caches of their own, and compare every byte
	@chmod -R u+w $(REPRO) 2>/dev/null; rm -rf $(REPRO)
	for d in one another/folder; do mkdir -p $(REPRO)/$$d && git ls-files -co --exclude-standard -z | tar --null -cf - -T - | tar -xf - -C $(REPRO)/$$d && \
	  GOCACHE=$(REPRO)/$$d/.cache $(MAKE) -s -C $(REPRO)/$$d dist VERSION=$(VERSION) || exit 1; done
	diff -r $(REPRO)/one/dist $(REPRO)/another/folder/dist
	@echo "the same twice: $$(cd $(REPRO)/one/dist && sha256sum heed SHA256SUMS | tr '\n' ' ')"
	@rm -rf $(REPRO)

run: build ## run the example bots against the sandbox; ctrl-C ends, `make run` goes on
	bin/heed run --config bots/example/heed.toml

test: lint unit ## everything: formatting, vet, staticcheck, the settings' check, all tests with the race detector

lint: build $(STATICCHECK)
	@bad=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go')); if [ -n "$$bad" ]; then echo "not gofmt-ed:"; echo "$$bad"; exit 1; fi
	go vet ./...
	$(STATICCHECK) ./...
	bin/heed check --config bots/example/heed.toml
	bin/heed check --config bots/example/story/heed.toml
	@command -v shellcheck >/dev/null 2>&1 && shellcheck bots/example/*.sh bots/example/story/*.sh cmd/heed/starter/*.sh cmd/heed/dist/*.sh .ci/run || sh -n bots/example/copycat.sh

unit: browser
	go test -race -count=1 -timeout 18m ./...

# Where neither is here nor can be got, the tests of pages are skipped and say so; with CI=true they fail.
browser: $(AXE) ## get what the dashboard's tests look with: chromium and axe-core; apt-get installs what root lacks
	@command -v chromium >/dev/null 2>&1 || $(call APT,chromium) || echo "chromium is not here and cannot be installed: no page will be looked at"

$(AXE):
	@mkdir -p bin/axe && { command -v npm >/dev/null 2>&1 || $(call APT,npm); } && (cd bin/axe && npm pack --silent axe-core@4.14.1) >/dev/null && \
	  echo "$(AXE_SHA512)  bin/axe/axe-core-4.14.1.tgz" | sha512sum --check --quiet && \
	  tar -xzf bin/axe/axe-core-4.14.1.tgz -C bin/axe package/axe.min.js && mv bin/axe/package/axe.min.js $@ || \
	  echo "axe-core cannot be got by npm: no page will be looked at"
	@rm -rf bin/axe

APT = { test "$$(id -u)" = 0 && apt-get update -qq && apt-get install -y -qq --no-install-recommends $(1); }

$(STATICCHECK):
	GOFLAGS= GOBIN=$(CURDIR)/bin go install honnef.co/go/tools/cmd/staticcheck@v0.8.2
	mv bin/staticcheck $@

# A long proof shows what it does and keeps its figures in docs/runs, for docs/promises.md.
# A run in parts: make weeks WEEKS=100 SEED=101 PART=-2. TMPDIR=/dev/shm makes all of them quicker but for power, which brings its own disk.
PROVE  = go test -json -count=1 -timeout 0
RECORD = bin/record -o docs/runs/$@$(PART).json -command "make $@$(1)"

bin/record: $(wildcard cmd/record/*)
	go build -o $@ ./cmd/record

proof: weeks schedules crash power backup audit hostile wire mutants promises ## every long proof, one after the other; hours

weeks: bin/record ## simulated weeks with faults (WEEKS=1000 SEED=1); the sandbox judges
	HEED_WEEKS=$(WEEKS) HEED_SEED=$(SEED) $(PROVE) -run 'TestWeeks$$' ./cmd/heed | $(call RECORD, WEEKS=$(WEEKS) SEED=$(SEED))

schedules: bin/record ## fault schedules over all actions (SCHEDULES=10000 SEED=1), judged alike
	HEED_SCHEDULES=$(SCHEDULES) HEED_SEED=$(SEED) $(PROVE) -run 'TestSchedules$$' ./cmd/heed | $(call RECORD, SCHEDULES=$(SCHEDULES) SEED=$(SEED))

crash: bin/record ## the built program killed with -9 (KILLS=500), its disk full, its NATS gone, ended by TERM
	HEED_KILLS=$(KILLS) HEED_FILLS=12 HEED_SEED=$(SEED) $(PROVE) -run 'TestP4P5Killed|DiskThatFills|NATSGoes|TheEnd$$|WillNotEnd|SecondSignal|TestP5AnEnd' ./cmd/heed | $(call RECORD, KILLS=$(KILLS) SEED=$(SEED))

power: bin/record ## the built program on a disk that forgets what was not synced (CUTS=100)
	HEED_POWER=$(CUTS) HEED_POWER_SEED=$(SEED) $(PROVE) -run 'PowerLoss|Forgetful' ./cmd/heed | $(call RECORD, CUTS=$(CUTS) SEED=$(SEED))

backup: bin/record ## ledgers damaged in 1,000 ways, restored 500 times
	HEED_FLIPS=1000 HEED_RESTORES=500 $(PROVE) -run 'Backup|Restor|Damaged|Journal' ./runner/ledger ./cmd/heed | $(call RECORD)

audit: bin/record ## 1,000 edits of the record of decisions, each to be found
	HEED_AUDIT=1000 HEED_SEED=$(SEED) $(PROVE) -run 'Audit|Forget' ./runner/ledger | $(call RECORD, SEED=$(SEED))

hostile: bin/record ## scripts that try to read, forge, flood, exhaust and flee
	$(PROVE) -run 'Hostile|TestP1|TestP7' ./runner/scripts ./runner/bus ./cmd/heed | $(call RECORD)

wire: bin/record ## hostile answers of X, and hostile requests to heed's doors
	$(PROVE) -run 'Hostile|Handshakes' ./runner/platform ./runner/signin ./runner/activity ./runner/web | $(call RECORD)

mutants: bin/record ## deliberate bugs, each to be caught by a named test (MUTANTS=all, weeks, guards or ids)
	HEED_MUTANTS=$(MUTANTS) $(PROVE) -run 'TestMutants$$|TestMutatedGuards' ./cmd/heed | $(call RECORD, MUTANTS=$(MUTANTS))

fuzz: bin/record ## every fuzz target for FUZZTIME (10m) each
	@for p in $$(git grep -l '^func Fuzz' -- '*_test.go' | xargs -n1 dirname | sort -u); do \
	  for f in $$(git grep -h -o '^func Fuzz[A-Za-z0-9_]*' -- "$$p/*_test.go" | sed 's/func //' | sort -u); do \
	    go test -json -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x "./$$p"; done; done | $(call RECORD, FUZZTIME=$(FUZZTIME))

promises: bin/record ## write docs/promises.md anew from the tests and the runs on record
	bin/record -page .

bench: build ## measure heed here: the program's own benches (BENCHES=, SCALE=1), the Go benchmarks, the peers; an hour
	bin/heed bench --scale $(SCALE) --keep docs/runs/bench $(BENCHES)
	go test -run "^$$" -bench . -skip Million -benchmem -timeout 60m ./guards/... ./runner/...
	cd guards/peers && go test -run "^$$" -bench . -timeout 60m .

speed: ## write the tables of docs/speed.md anew from the runs on record
	go test -count=1 -run 'TestSpeedPage$$' ./cmd/heed -update

rules: ## write the README's tables, docs/policy.md, docs/guards.md and the answers in docs/tour.md anew
	go test -count=1 -run 'TestREADME$$|TestPolicyDocument|TestOptingOutPage|TestTour$$' ./cmd/heed -update
	go test -count=1 -run 'TestGuardsPage$$' ./guards -update

bench-duplicates: build ## precision and recall per kind on DATA; times, memory and what is found at 10^5, 10^6, 10^7 texts
	@if test -f "$(DATA)"; then bin/heed likeness --score "$(DATA)"; else \
	  echo "$(DATA) is not here: our own pairs instead"; bin/heed likeness --score guards/likeness/testdata/pairs.jsonl; fi
	go test -run "^$$" -bench 'HundredThousand|Million' -benchtime 1x -timeout 30m ./guards/likeness

clean: ## remove what was built (the example's state stays; see bots/example/state)
	rm -rf bin dist bots/example/bin
