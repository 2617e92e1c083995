// go-oidc with golang.org/x/oauth2, which kubectl's login helpers and most of the Kubernetes world are made
// of: a public client on loopback that takes the code by form_post, with PKCE, state and nonce.
package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"

	oidc "github.com/coreos/go-oidc"
	"golang.org/x/oauth2"
)

func random() string {
	bytes := make([]byte, 32)
	if _, err := rand.Read(bytes); err != nil {
		log.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(bytes)
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	ctx := context.Background()
	provider, err := oidc.NewProvider(ctx, os.Getenv("ISSUER"))
	must(err)
	door, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	config := oauth2.Config{
		ClientID:    "go-oidc",
		Endpoint:    provider.Endpoint(),
		RedirectURL: fmt.Sprintf("http://%s/callback", door.Addr()),
		Scopes:      []string{oidc.ScopeOpenID, "email", oidc.ScopeOfflineAccess},
	}

	state, nonce, verifier := random(), random(), random()
	arrived := make(chan http.Request, 1)
	go http.Serve(door, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.ParseForm()
		fmt.Fprint(w, "signed in")
		arrived <- *r
	}))
	challenge := sha256.Sum256([]byte(verifier))
	address := config.AuthCodeURL(state, oidc.Nonce(nonce),
		oauth2.SetAuthURLParam("response_mode", "form_post"),
		oauth2.SetAuthURLParam("code_challenge_method", "S256"),
		oauth2.SetAuthURLParam("code_challenge", base64.RawURLEncoding.EncodeToString(challenge[:])))
	must(exec.Command(os.Getenv("PYTHON"), os.Getenv("PERSON"), address).Run())

	answer := <-arrived
	if answer.Method != http.MethodPost || answer.PostForm.Get("state") != state {
		log.Fatalf("another answer: %s", answer.Method)
	}
	tokens, err := config.Exchange(ctx, answer.PostForm.Get("code"),
		oauth2.SetAuthURLParam("code_verifier", verifier))
	must(err)
	raw, _ := tokens.Extra("id_token").(string)
	idToken, err := provider.Verifier(&oidc.Config{ClientID: config.ClientID}).Verify(ctx, raw)
	must(err)
	if idToken.Nonce != nonce {
		log.Fatal("another nonce")
	}
	must(idToken.VerifyAccessToken(tokens.AccessToken))

	again, err := config.TokenSource(ctx, &oauth2.Token{RefreshToken: tokens.RefreshToken}).Token()
	must(err)
	info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(again))
	must(err)
	if info.Subject != idToken.Subject {
		log.Fatal("another person")
	}
	fmt.Printf("go-oidc: signed in and refreshed as %s\n", info.Email)
}
