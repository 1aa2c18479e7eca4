package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heed/runner"
	"heed/runner/sandbox"
	"heed/runner/signin"
	"heed/runner/web"
)

// TestPowerLossKeepsCredentials: a token that was saved is used at once, so that it
// must outlast a power cut, in folders that were made for it just before.
func TestPowerLossKeepsCredentials(t *testing.T) {
	for _, torn := range []int{0, 512} {
		d, dir := onDisk(t, true)
		state := filepath.Join(dir, "lab", "state")
		store := &signin.Store{Dir: filepath.Join(state, "tokens")}
		token := signin.Token{Kind: signin.OAuth1, UserID: "12", Handle: "one", Access: "access", Secret: "secret"}
		for _, access := range []string{"first", "second"} { // made, and renewed
			token.Access = runner.Secret(access)
			if err := store.Save(t.Context(), "one", token); err != nil {
				t.Fatal(err)
			}
			cutDisk(t, d, dir, torn)
			got, err := store.Read("one")
			if err != nil || got.Access != token.Access {
				t.Fatalf("torn %d: the %s token after a power cut: %v, %v", torn, access, got, err)
			}
		}
		made, err := web.Token(filepath.Join(state, "web.token"))
		if err != nil {
			t.Fatal(err)
		}
		cutDisk(t, d, dir, torn)
		if again, err := web.Token(filepath.Join(state, "web.token")); err != nil || string(again) != string(made) {
			t.Errorf("torn %d: the token of the opt-out door is another after a power cut: %v", torn, err)
		}
	}
}

// TestP3PowerLossRightAfterTheFirstOptOut: the ledger and its folders are new, and the
// power goes when `heed optout add` has ended.
func TestP3PowerLossRightAfterTheFirstOptOut(t *testing.T) {
	needFUSE(t)
	for _, strict := range []bool{true, false} {
		x := newStage(t, sandbox.Options{})
		dir := t.TempDir()
		x.settings(t, dir, powerSettings)
		d, disk := newForgetful(strict), filepath.Join(dir, "disk")
		if err := os.Mkdir(disk, 0o700); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { d.unplug(t, disk) })
		d.mount(t, disk)
		if out, code := heed(t, dir, "", "optout", "add", "777"); code != exitOK {
			t.Fatalf("exit %d: %s", code, out)
		}
		cutDisk(t, d, disk, 0)
		if out, code := heed(t, dir, "", "optout", "list"); code != exitOK || !strings.Contains(out, "777") {
			t.Errorf("strict %t: the opt-out is forgotten: exit %d: %s", strict, code, out)
		}
	}
}
