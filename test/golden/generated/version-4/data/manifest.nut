nuthatch-manifest 1 da93c290 520
{
 "uuid": "be2278942f05e6413e685b3b61b44315",
 "incarnation": 1,
 "epoch": 2,
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
  "byteCount": 1197,
  "frameCount": 2,
  "chain": "5e211528c4ddb79aadedceb203fb2fa1"
 },
 "previousSnapshot": null,
 "salvaged": [],
 "lastModelId": 1,
 "migrations": [
  "0001-player-renames-name-to-title"
 ],
 "clean": {
  "page": 1,
  "byteCount": 1236,
  "lastSeq": 2,
  "chain": "6ce89739cd125d3565260b409094b6fa"
 }
}
