nuthatch-manifest 1 9876b343 461
{
 "uuid": "c3ab2db537d58b6e0f53274a35b13b73",
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
  "byteCount": 1469,
  "frameCount": 2,
  "chain": "114db0bb4812c4769cc9775dc8897aba"
 },
 "previousSnapshot": null,
 "salvaged": [],
 "lastModelId": 1,
 "clean": {
  "page": 1,
  "byteCount": 1522,
  "lastSeq": 2,
  "chain": "585ca9299cc355ec715383f3cccc3b30"
 }
}
