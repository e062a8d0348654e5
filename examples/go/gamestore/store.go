// Package gamestore reads games as a game server's store does, whether their rows lie in the
// database or in the archive.
package gamestore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"connectrpc.com/connect"

	pgatticv1 "pgattic.example/client/gen/pgattic/v1"
	"pgattic.example/client/gen/pgattic/v1/pgatticv1connect"
)

// What Get says of a game that it does not return.
var (
	ErrNotFound               = errors.New("game not found")
	ErrErased                 = errors.New("game erased")
	ErrTemporarilyUnavailable = errors.New("game temporarily unavailable")
)

// Game is what the server keeps in memory of one game.
type Game struct {
	ID              string
	Tier            string
	CreatedAt       time.Time
	MigrationStatus int64
	PlayerIDs       []int64
	// Document is game_document, byte for byte. Nil when only basic info can be given.
	Document json.RawMessage
}

// Store asks `pgattic serve`. Safe for concurrent use.
type Store struct {
	client pgatticv1connect.ArchiveServiceClient
}

// New returns a store of the service at base, such as "http://127.0.0.1:8080". An empty token
// sends none.
func New(base, token string, options ...connect.ClientOption) *Store {
	bearer := connect.UnaryInterceptorFunc(func(next connect.UnaryFunc) connect.UnaryFunc {
		return func(ctx context.Context, request connect.AnyRequest) (connect.AnyResponse, error) {
			if token != "" {
				request.Header().Set("Authorization", "Bearer "+token)
			}
			return next(ctx, request)
		}
	})
	options = append(options, connect.WithInterceptors(bearer))
	return &Store{client: pgatticv1connect.NewArchiveServiceClient(http.DefaultClient, base, options...)}
}

// Get returns the game. With ErrTemporarilyUnavailable it may return basic info too.
func (s *Store) Get(ctx context.Context, id string) (*Game, error) {
	response, err := s.client.GetGame(ctx, connect.NewRequest(&pgatticv1.GetGameRequest{Id: id}))
	switch connect.CodeOf(err) {
	case connect.CodeNotFound:
		return nil, ErrNotFound
	case connect.CodeFailedPrecondition:
		return nil, ErrErased
	case connect.CodeUnavailable, connect.CodeDeadlineExceeded:
		return nil, fmt.Errorf("%w: %w", ErrTemporarilyUnavailable, err)
	}
	if err != nil {
		return nil, err
	}
	return gameOf(response.Msg)
}

// Answer is what is known of one id: what Get returns of it.
type Answer struct {
	Game *Game
	Err  error
}

// GetMany returns the answer to each of the ids. Its own error is of the whole call.
func (s *Store) GetMany(ctx context.Context, ids []string) (map[string]Answer, error) {
	request := connect.NewRequest(&pgatticv1.BatchGetGamesRequest{Ids: ids})
	response, err := s.client.BatchGetGames(ctx, request)
	if err != nil {
		return nil, err
	}
	answers := make(map[string]Answer, len(ids))
	for _, message := range response.Msg.GetGames() {
		game, err := gameOf(message)
		answers[message.GetId()] = Answer{Game: game, Err: err}
	}
	return answers, nil
}

func gameOf(message *pgatticv1.GetGameResponse) (*Game, error) {
	switch availability := message.GetAvailability(); availability {
	case pgatticv1.Availability_AVAILABILITY_ABSENT:
		return nil, ErrNotFound
	case pgatticv1.Availability_AVAILABILITY_ERASED:
		return nil, ErrErased
	case pgatticv1.Availability_AVAILABILITY_TEMPORARILY_UNAVAILABLE:
		err := fmt.Errorf("%w: %s", ErrTemporarilyUnavailable, message.GetWhy())
		if message.GetGame() == nil {
			return nil, err
		}
		return infoOf(message), err
	case pgatticv1.Availability_AVAILABILITY_AVAILABLE:
		return withDocument(infoOf(message), message.GetRowJson())
	default:
		return nil, fmt.Errorf("game %s: unknown availability %v", message.GetId(), availability)
	}
}

func infoOf(message *pgatticv1.GetGameResponse) *Game {
	info := message.GetGame()
	game := &Game{
		ID:              message.GetId(),
		Tier:            message.GetTier().String(),
		MigrationStatus: info.GetMigrationStatus(),
	}
	if info.GetCreatedAt() != nil {
		game.CreatedAt = info.GetCreatedAt().AsTime()
	}
	for _, player := range info.GetPlayers() {
		game.PlayerIDs = append(game.PlayerIDs, player.GetPlayerId())
	}
	return game
}

func withDocument(game *Game, rowJSON string) (*Game, error) {
	var row struct {
		Document json.RawMessage `json:"game_document"`
	}
	if err := json.Unmarshal([]byte(rowJSON), &row); err != nil {
		return nil, fmt.Errorf("row of %s: %w", game.ID, err)
	}
	game.Document = row.Document
	return game, nil
}
