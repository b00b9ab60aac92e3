nuthatch-manifest 1 28fdd1dd 668
{
 "uuid": "e1314626c5f53be342e75e15402c0047",
 "incarnation": 1,
 "epoch": 1,
 "pages": [
  {
   "number": 1,
   "firstSeq": 1,
   "codecId": 0,
   "sealed": {
    "byteCount": 6409,
    "lastSeq": 7,
    "chain": "3c82302bef226ecddf6917fb97fa6034"
   }
  },
  {
   "number": 2,
   "firstSeq": 8,
   "codecId": 0
  }
 ],
 "snapshot": {
  "number": 1,
  "seq": 7,
  "byteCount": 11686,
  "frameCount": 3,
  "chain": "30cfdbb836a6ca7d4ffb44a7341a237d",
  "parts": [
   5137,
   11585
  ]
 },
 "previousSnapshot": null,
 "salvaged": [],
 "lastModelId": 1,
 "clean": {
  "page": 2,
  "byteCount": 2113,
  "lastSeq": 13,
  "chain": "d57f76a9cd611a757928f3b8495b6091"
 }
}
