// An anacrolix/torrent client on loopback, and nowhere else. The reference uses this library.
//
//	download MAGNET FOLDER        fetches everything, then ends
//	seed TORRENT-FILE FOLDER      prints the port it listens on, then serves until it is killed
package main

import (
	"fmt"
	"log"
	"os"

	"github.com/anacrolix/torrent"
	"github.com/anacrolix/torrent/storage"
)

func main() {
	what, source, folder := os.Args[1], os.Args[2], os.Args[3]
	config := torrent.NewDefaultClientConfig()
	config.DefaultStorage = storage.NewFileWithCompletion(folder, storage.NewMapPieceCompletion())
	config.Seed = what == "seed"
	config.NoDHT = true
	config.DisableUTP = true
	config.DisableIPv6 = true
	config.NoDefaultPortForwarding = true
	config.SetListenAddr("127.0.0.1:0")
	client := must(torrent.NewClient(config))

	if what == "download" {
		history := must(client.AddMagnet(source))
		<-history.GotInfo()
		history.DownloadAll()
		client.WaitAll()
		client.Close()
		return
	}
	history := must(client.AddTorrentFromFile(source))
	<-history.GotInfo()
	history.VerifyData()
	fmt.Println(client.LocalPort())
	select {}
}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}
