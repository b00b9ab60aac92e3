nuthatch-manifest 1 467b280c 497
{
 "uuid": "068c7a9bbfcec27743ee15f561ef559d",
 "incarnation": 1,
 "epoch": 1,
 "pages": [
  {
   "number": 1,
   "firstSeq": 1,
   "codecId": 0
  }
 ],
 "snapshot": {
  "number": 1,
  "seq": 1,
  "byteCount": 1317,
  "frameCount": 2,
  "chain": "a90a525074911dbdad2d7332eddb2e21"
 },
 "previousSnapshot": null,
 "salvaged": [],
 "lastModelId": 1,
 "migrations": [
  "0001-title"
 ],
 "clean": {
  "page": 1,
  "byteCount": 1370,
  "lastSeq": 2,
  "chain": "e27aa27d636b22b0b11bc0001aed3154"
 }
}
