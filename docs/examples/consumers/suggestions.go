// go get github.com/twmb/franz-go; go run suggestions.go 127.0.0.1:9092
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	client, err := kgo.NewClient(kgo.SeedBrokers(os.Args[1]), kgo.ConsumerGroup("consumer-go"),
		kgo.ConsumeTopics("suggestions"), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		panic(err)
	}
	for {
		client.PollFetches(context.Background()).EachRecord(func(record *kgo.Record) {
			var said struct {
				UserID     string  `json:"user_id"`
				TxnID      string  `json:"txn_id"`
				Category   *string `json:"category"`
				Confidence float64 `json:"confidence"`
			}
			if json.Unmarshal(record.Value, &said) == nil && said.Category != nil {
				fmt.Println(said.UserID, said.TxnID, *said.Category, said.Confidence)
			} else {
				fmt.Println(said.UserID, said.TxnID, "null", said.Confidence)
			}
		})
	}
}
