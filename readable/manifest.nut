nuthatch-manifest 1 4564cea7 517
{
 "uuid": "f27cdedb85ad28671866b6e9abd9996c",
 "incarnation": 1,
 "epoch": 1,
 "pages": [
  {
   "number": 1,
   "firstSeq": 1,
   "codecId": 6,
   "sealed": {
    "byteCount": 2064,
    "lastSeq": 2,
    "chain": "43cf48872aaff4a0d08fcec5cc8f3d88"
   }
  },
  {
   "number": 2,
   "firstSeq": 3,
   "codecId": 6
  }
 ],
 "snapshot": null,
 "previousSnapshot": null,
 "salvaged": [],
 "lastModelId": 1,
 "clean": {
  "page": 2,
  "byteCount": 1696,
  "lastSeq": 3,
  "chain": "3656673c5fd4ed4515891051aaea7a57"
 }
}
