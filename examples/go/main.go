// Program client prints games that it asks `pgattic serve` for, one line each.
//
//	go run . -base http://127.0.0.1:8080 -token "$TOKEN" ID…
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"connectrpc.com/connect"

	"pgattic.example/client/gamestore"
)

func main() {
	base := flag.String("base", "http://127.0.0.1:8080", "where pgattic serve listens")
	token := flag.String("token", os.Getenv("PGATTIC_TOKEN"), "bearer token")
	useJSON := flag.Bool("json", false, "speak JSON, not protobuf")
	useGet := flag.Bool("get", false, "send HTTP GET requests")
	batch := flag.Bool("batch", false, "ask for all ids at once")
	timeout := flag.Duration("timeout", 10*time.Second, "for each call")
	flag.Parse()
	var options []connect.ClientOption
	if *useJSON {
		options = append(options, connect.WithProtoJSON())
	}
	if *useGet {
		options = append(options, connect.WithHTTPGet())
	}
	store := gamestore.New(*base, *token, options...)
	ctx, cancel := context.WithTimeout(context.Background(), *timeout)
	defer cancel()
	var err error
	if *batch {
		err = printMany(ctx, store, flag.Args())
	} else {
		err = printEach(ctx, store, flag.Args())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "client:", err)
		os.Exit(1)
	}
}

func printEach(ctx context.Context, store *gamestore.Store, ids []string) error {
	for _, id := range ids {
		game, err := store.Get(ctx, id)
		if err := printAnswer(id, game, err); err != nil {
			return err
		}
	}
	return nil
}

func printMany(ctx context.Context, store *gamestore.Store, ids []string) error {
	answers, err := store.GetMany(ctx, ids)
	if err != nil {
		return err
	}
	for _, id := range ids {
		answer, ok := answers[id]
		if !ok {
			return fmt.Errorf("no answer to %s", id)
		}
		if err := printAnswer(id, answer.Game, answer.Err); err != nil {
			return err
		}
	}
	return nil
}

func printAnswer(id string, game *gamestore.Game, err error) error {
	switch {
	case errors.Is(err, gamestore.ErrNotFound):
		fmt.Printf("%s not found\n", id)
	case errors.Is(err, gamestore.ErrErased):
		fmt.Printf("%s erased\n", id)
	case errors.Is(err, gamestore.ErrTemporarilyUnavailable) && game != nil:
		fmt.Printf("%s temporarily unavailable, status %d\n", id, game.MigrationStatus)
	case errors.Is(err, gamestore.ErrTemporarilyUnavailable):
		fmt.Printf("%s temporarily unavailable\n", id)
	case err != nil:
		return err
	default:
		print(game)
	}
	return nil
}

func print(game *gamestore.Game) {
	fmt.Printf("%s %s status %d, %d players, %s, document %s\n", game.ID, game.Tier,
		game.MigrationStatus, len(game.PlayerIDs), game.CreatedAt.Format(time.RFC3339Nano), game.Document)
}
