nuthatch-manifest 2 9fab776c 1204
{
 "uuid": "00d8208e47febbbeb2f9f6419a2fe0a7",
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
    "chain": "d6780009fc889df2fe26070b5ff01e13"
   }
  },
  {
   "number": 4,
   "firstSeq": 15,
   "codecId": 0,
   "sealed": {
    "byteCount": 1425,
    "lastSeq": 16,
    "chain": "53174d0b493a516184d3321caec438ba"
   }
  },
  {
   "number": 5,
   "firstSeq": 17,
   "codecId": 0
  }
 ],
 "snapshot": {
  "number": 1,
  "seq": 7,
  "byteCount": 11686,
  "frameCount": 3,
  "chain": "7184d8bd59bb33241f0d9820f9572d82",
  "parts": [
   5137,
   11585
  ]
 },
 "previousSnapshot": null,
 "salvaged": [],
 "lastModelId": 1,
 "deltas": [
  {
   "number": 3,
   "afterSeq": 7,
   "seq": 14,
   "fromMs": 1796039547447,
   "byteCount": 1506,
   "frameCount": 2,
   "chain": "23e1245ed58a1235396f4b6b76f48a07"
  },
  {
   "number": 4,
   "afterSeq": 7,
   "seq": 16,
   "fromMs": 1796039547447,
   "byteCount": 1575,
   "frameCount": 2,
   "chain": "c1abfb70d0e18dec4beec977c826286d"
  }
 ],
 "clean": {
  "page": 5,
  "byteCount": 1351,
  "lastSeq": 17,
  "chain": "43334a82e349d162a3d38ed2fabd289c"
 }
}
