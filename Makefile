# rasure: build, try, test, measure. Everything that has to be installed comes from Debian (.ci/deps).
.PHONY: build demo test check arch fuzz lab guards page pages bench look screen image lab-image install clean

build:
	CGO_ENABLED=0 go build -trimpath -o rasure ./cmd/rasure

# A practice disk, a practice station, and the whole job on them, in under two minutes.
demo:
	@.ci/deps demo
	@$(MAKE) --no-print-directory build
	@.ci/demo ./rasure

# Everything that tests can show. As root it also uses loop devices that it makes itself.
test:
	@.ci/deps test
	@$(MAKE) --no-print-directory check
	go test -timeout 30m ./... ./.ci/check
	cd cmd/rasure-hub && go test -timeout 30m ./...

check:
	@out=$$(gofmt -l cmd wipe devices certify logs .ci); [ -z "$$out" ] || { echo "gofmt: $$out"; exit 1; }
	go vet ./... ./.ci/lab/tcmu ./.ci/check
	cd cmd/rasure-hub && go vet ./... && go vet -tags browser,scale . ./internal/pages
	go run ./.ci/check

# Other systems and processors: everything builds, and portable tests run on 32 bits and on arm64.
arch:
	@.ci/deps arch
	@.ci/arch

# Ten seconds for every parser of foreign bytes.
fuzz:
	@.ci/fuzz

# Real drivers and real faults, in virtual workstations: SATA, NVMe, USB, SAS, SD, virtio and a TPM, in software emulation.
lab: build
	@.ci/deps lab
	@.ci/lab/run ./rasure

# Breaks each guard in a copy, and sees that a row of the laboratory or a test notices.
guards:
	@.ci/deps lab
	@.ci/lab/guards

# The page that verifies certificates in a browser, dist/rasure-page.html.
page:
	@.ci/page

# The page in Chromium: every answer as that of its package here, which a test of cmd/rasure compares with the command. RASURE_PICTURES=DIR keeps pictures.
# Last, the audit of a log of 10,001 entries, and how long it takes.
pages:
	@.ci/deps pages
	go test -tags browser -count=1 -timeout 20m ./cmd/rasure-page
	cd cmd/rasure-hub && go test -tags browser -count=1 -timeout 20m -run TestBrowser ./internal/pages
	cd cmd/rasure-hub && go test -tags browser -count=1 -timeout 25m -v -run TestLargeLog .

# Ratios against fio on the same device in the same run; never a test.
bench: build
	@.ci/deps bench
	@.ci/bench ./rasure

# A fleet of 1 M certificates in 100 logs, and what a hub's commands take with it: hours. RASURE_SCALE_STATIONS and RASURE_SCALE_CERTIFICATES make it smaller.
.PHONY: scale
scale:
	cd cmd/rasure-hub && go test -tags scale -count=1 -timeout 12h -v -run Scale .

# A fleet log in S3 and MySQL, against gofakes3 and MariaDB; the driver for Google Cloud is compiled and not run.
.PHONY: hub-drivers
hub-drivers:
	@.ci/deps hub
	cd cmd/rasure-hub && go test -tags aws -count=1 -timeout 20m ./internal/fleetlog && go build -tags gcp -o /dev/null .

# Kills a hub at every call that changes something, and at system calls of 13 kinds, counted for each thread, those of Tessera too: minutes.
.PHONY: hub-kill
hub-kill:
	@.ci/deps hub
	cd cmd/rasure-hub && RASURE_HUB_KILL=1 go test -count=1 -timeout 2h -v -run 'TestKill' ./internal/hub

# Every page that offices print, as PNG in /tmp/rasure-look, from PDF, HTML in Chromium and XLSX in LibreOffice; and what they cost.
look: build
	@.ci/deps look
	@.ci/look ./rasure
	go test -run xx -bench 'Certificate|Thousand|Table' -benchtime 3x ./certify/render/...

# The picture of each README, from a real run.
screen: build
	@.ci/screen ./rasure
	@.ci/screen ./rasure zh

# The image, started in virtual machines by BIOS and by UEFI, driven by its keys. Long: 20 minutes and more on two cores. ROWS="bios cut" is a part.
lab-image: image
	@.ci/deps lab-image
	@.ci/lab/image dist/rasure-*.img $(ROWS)

# A stick or disc that starts on UEFI and BIOS machines, shows the bench and does nothing else: dist/rasure-VERSION.img. From Debian's packages.
image:
	@.ci/deps image
	CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o dist/rasure-of-image ./cmd/rasure
	@.ci/image dist/rasure-of-image dist

# What a release consists of, in dist/: static programs, Debian packages, lists of what is linked, checksums.
.PHONY: dist packages
dist:
	@.ci/dist

# Installs these packages in new systems of Debian 12 and 13, upgrades and purges them, and builds them a second time (PARTS="bookworm files" is
# a part). As root.
packages:
	@.ci/deps packages
	go vet ./.ci/release
	go test ./.ci/release
	@.ci/packages $(PARTS)

install: build
	install -D -m 0755 rasure $(DESTDIR)/usr/local/bin/rasure
	./rasure man $(DESTDIR)/usr/local/share/man

clean:
	rm -rf rasure dist
